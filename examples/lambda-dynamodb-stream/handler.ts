import { deadLettersToService, dynamoDbStreamHandler, encodeDeadLetter, openProject } from "@backstitch/lambda";

/** Read once, when the function starts cold; a vendor's SDK is loaded when the first delivery needs it. */
const { rules, services, warnings } = await openProject(import.meta.dirname, {
  connectors: {
    http: async () => (await import("@backstitch/connectors/http")).http,
    s3: async () => (await import("@backstitch/connectors/s3")).s3,
    twilio: async () => (await import("@backstitch/connectors/twilio")).twilio,
  },
});
for (const warning of warnings) console.warn(warning);

const store = services.get("dead-letters");
if (store === undefined) throw new Error('There is no service "dead-letters" to keep what could not be delivered.');

export const handler = dynamoDbStreamHandler({
  rules,
  services,
  source: "orders",
  deadLetters: deadLettersToService(store, "put", (letter) => ({
    key: `${letter.state}/${letter.deliveryId}.json`,
    body: encodeDeadLetter(letter),
    contentType: "application/json",
  })),
  observe: {
    // Ids and codes only: arguments hold phone numbers.
    deadLettered: (letters) => letters.forEach(({ deliveryId, state, code }) => console.error("dead letter", deliveryId, state, code)),
    deadLettersFailed: (error) => console.error("dead letters could not be stored", error),
    handedBack: (sequenceNumber, records) => console.warn(`${records} records come again from ${sequenceNumber}`),
  },
});
