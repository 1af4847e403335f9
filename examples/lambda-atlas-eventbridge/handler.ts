import {
  deadLettersToService,
  encodeDeadLetter,
  eventBridgeHandler,
  type EventBridgeEvent,
  type LambdaHandler,
  type OpenProject,
} from "@backstitch/lambda";

/** Makes the handler of an opened project. Nothing is connected: a vendor's SDK is loaded when the first delivery needs it. */
export function shopHandler(project: OpenProject): LambdaHandler<EventBridgeEvent, void> {
  for (const warning of project.warnings) console.warn(warning);
  const store = project.services.get("dead-letters");
  if (store === undefined) throw new Error('There is no service "dead-letters" to keep what could not be delivered.');
  return eventBridgeHandler({
    project,
    source: "shop",
    shape: "atlas-eventbridge",
    deadLetters: deadLettersToService(store, "put", (letter) => ({
      key: `${letter.state}/${letter.deliveryId}.json`,
      body: encodeDeadLetter(letter),
      contentType: "application/json",
    })),
    observe: {
      // Ids and codes only: arguments hold phone numbers.
      deadLettered: (letters) => letters.forEach(({ deliveryId, state, code }) => console.error("dead letter", deliveryId, state, code)),
      deadLettersFailed: (error) => console.error("dead letters could not be stored", error),
      handedBack: (id) => console.warn(`event ${id} comes again`),
    },
  });
}
