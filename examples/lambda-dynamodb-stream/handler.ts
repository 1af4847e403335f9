import {
  deadLettersToService,
  dynamoDbStreamHandler,
  encodeDeadLetter,
  type DynamoDbStreamHandler,
  type OpenProject,
} from "@backstitch/lambda";

/** Makes the handler of an opened project. Nothing is connected: a vendor's SDK is loaded when the first delivery needs it. */
export function ordersHandler({ rules, services, warnings }: OpenProject): DynamoDbStreamHandler {
  for (const warning of warnings) console.warn(warning);
  const store = services.get("dead-letters");
  if (store === undefined) throw new Error('There is no service "dead-letters" to keep what could not be delivered.');
  return dynamoDbStreamHandler({
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
}
