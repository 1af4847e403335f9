import { expect, test } from "vitest";
import { createSns } from "../src/ses/sns.ts";

const topicArn = "arn:aws:sns:us-east-1:111122223333:mail";
const HOST = "sns.us-east-1.amazonaws.com";
const PLACE = "/SimpleNotificationService-1.pem";

/** What is asked for when a message says that its certificate is there. */
async function askedFor(SigningCertURL: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const sns = createSns(async (url) => {
    asked.push(url);
    return Promise.reject(new Error("It is not there."));
  });
  const fields = { Type: "Notification", TopicArn: topicArn, Message: "{}", Signature: "AA==", SignatureVersion: "2", SigningCertURL };
  const options = { topicArns: [topicArn], endpoint: undefined };
  const opened = sns.open(Buffer.from(JSON.stringify(fields)), options, { now: 0, signal: new AbortController().signal });
  await expect(opened).rejects.toMatchObject({ name: "ReceiptRefused" });
  return asked;
}

test.each([
  `https://${HOST}${PLACE}`,
  `https://${HOST}:443${PLACE}`,
  `https://${HOST}${PLACE}#another`,
  `https://:another@${HOST}${PLACE}`,
  `https://${HOST}/another/..${PLACE}`,
])("%s is one certificate, however it is written", async (url) => {
  expect(await askedFor(url)).toEqual([`https://${HOST}${PLACE}`]);
});

test.each([
  `https://${HOST}.evil.example${PLACE}`,
  `https://${HOST}@evil.example${PLACE}`,
  `https://ada@${HOST}${PLACE}`,
  `http://${HOST}${PLACE}`,
  `https://${HOST}:8443${PLACE}`,
  `https://${HOST}.${PLACE}`,
  `https://${HOST}%2eevil.example${PLACE}`,
  `https://\u0455ns.us-east-1.amazonaws.com${PLACE}`,
  `https://s3.amazonaws.com/bucket${PLACE}`,
  `https://${HOST}/?x=${PLACE}`,
  `https://${HOST}\\${PLACE}`,
  "",
])("%s is not asked for", async (url) => {
  expect(await askedFor(url)).toEqual([]);
});
