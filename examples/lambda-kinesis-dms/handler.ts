import {
  deadLettersToService,
  encodeDeadLetter,
  kinesisHandler,
  type BatchResponse,
  type KinesisStreamEvent,
  type LambdaHandler,
  type OpenProject,
} from "@backstitch/lambda";

/** Makes the handler of an opened project. Nothing is connected: a vendor's SDK is loaded when the first delivery needs it. */
export function shopHandler(project: OpenProject): LambdaHandler<KinesisStreamEvent, BatchResponse> {
  for (const warning of project.warnings) console.warn(warning);
  const store = project.services.get("dead-letters");
  if (store === undefined) throw new Error('There is no service "dead-letters" to keep what could not be delivered.');
  return kinesisHandler({
    project,
    source: "shop",
    shape: "dms",
    // A record does not tell which columns are the key.
    keys: { orders: ["order_id"] },
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
