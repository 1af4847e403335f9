import { ConnectorError } from "@backstitch/core/connector";
import { knownReading, type AwsVendor, type Reading } from "../aws/failures.ts";

const NO_BUS: Reading = ["locked-out", "the event bus does not exist; look at bus and region"];

/** What refusals of a whole request mean. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html#API_PutEvents_Errors */
export const eventbridgeFailures: AwsVendor = {
  name: "EventBridge",
  codes: {
    LimitExceeded: ["throttled", "it asks for a slower pace"],
    ResourceNotFound: NO_BUS,
    Validation: ["rejected", "the event is not as it must be"],
  },
};

/** What refusals of one entry mean; all of them say that the entry was not put on the bus. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
export const entryFailures: AwsVendor = {
  name: "EventBridge",
  codes: {
    InternalFailure: ["unavailable", "it failed inside, and the event was not taken"],
    Internal: ["unavailable", "it failed inside, and the event was not taken"],
    InvalidAccountId: ["locked-out", "the account of the bus is not valid; look at bus"],
    InvalidArgument: ["rejected", "a part of the event is not as it must be"],
    MalformedDetail: ["rejected", "the detail is not a JSON object as it takes it"],
    NotAuthorizedForDetailType: ["rejected", "the credentials may not put events of this detail type onto the bus"],
    NotAuthorizedForSource: ["rejected", "the credentials may not put events of this source onto the bus"],
    RedactionFailure: ["rejected", "the event could not be kept out of CloudTrail"],
    ResourceNotFound: NO_BUS,
  },
};

/** What an entry's code means that no table has: EventBridge says with each that the entry is not on the bus. */
export const unknownEntry: Reading = ["unavailable", "it was not taken, but may be when it is sent again"];

/** EventBridge answers 200 and says of the entry that it failed. */
export function entryFailure(code: string): ConnectorError {
  const known = /^[A-Za-z]{1,60}$/.test(code) ? code : "Unknown";
  const [outcome, says] = knownReading(entryFailures, known) ?? unknownEntry;
  return new ConnectorError(outcome, `EVENTBRIDGE_${known}`, `EventBridge answered ${known} for the event: ${says}.`);
}
