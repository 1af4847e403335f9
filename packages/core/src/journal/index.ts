export type { ClaimedDelivery, ClaimToken, DeliveryRecord, DeliveryState, RecordedOutcome } from "./delivery.ts";
export {
  JournalFull,
  JournalOwned,
  PositionMoved,
  RECENT_EVENTS,
  type Admission,
  type AdmitRequest,
  type ClaimRequest,
  type CountedQuota,
  type Counts,
  type DeliveryFilter,
  type EventRecord,
  type Journal,
  type KeptEvents,
  type NextState,
  type RedriveRequest,
  type Settlement,
} from "./journal.ts";
