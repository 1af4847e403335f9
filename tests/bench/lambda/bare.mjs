// What one would write without rules: the same client, the same mail.
import { SendEmailCommand, SESClient } from "@aws-sdk/client-ses";

const { SES_ENDPOINT: endpoint, SES_KEY_ID: accessKeyId, SES_KEY: secretAccessKey } = process.env;
const client = new SESClient({ region: "eu-central-1", endpoint, credentials: { accessKeyId, secretAccessKey } });

export async function handler({ Records }) {
  for (const { eventName, dynamodb } of Records) {
    const { NewImage: now, OldImage: before, Keys } = dynamodb;
    if (eventName !== "MODIFY" || now.status.S !== "shipped" || before.status.S === "shipped") continue;
    const id = Keys.orderId.S;
    await client.send(
      new SendEmailCommand({
        Source: "Shop <shop@example.com>",
        Destination: { ToAddresses: [now.email.S] },
        Message: {
          Subject: { Data: `Order ${id} is on its way` },
          Body: {
            Text: { Data: `Dear ${now.name.S}, order ${id} is on its way.` },
            Html: { Data: `<p>Dear ${now.name.S}, order <b>${id}</b> is on its way.</p>` },
          },
        },
      }),
    );
  }
  return { batchItemFailures: [] };
}
