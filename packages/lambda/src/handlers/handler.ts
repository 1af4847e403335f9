import type { RemainingTime } from "../delivery/budget.ts";

/** What Lambda calls. */
export type LambdaHandler<Event, Answer> = (event: Event, context: RemainingTime) => Promise<Answer>;

/** What Lambda is answered of a batch. A stream goes on from the record that is named; a queue takes back the messages that are. */
export interface BatchResponse {
  /** Empty: the whole batch is done with. */
  readonly batchItemFailures: { itemIdentifier: string }[];
}
