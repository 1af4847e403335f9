export type { ClaimedDelivery, ClaimToken, DeliveryRecord, DeliveryState, RecordedOutcome } from "./delivery.ts";
export {
  JournalFull,
  JournalOwned,
  PositionMoved,
  type ClaimRequest,
  type Counts,
  type DeliveryFilter,
  type EventRecord,
  type Journal,
  type NextState,
  type RedriveRequest,
  type Settlement,
} from "./journal.ts";
