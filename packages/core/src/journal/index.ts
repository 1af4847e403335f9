export type { ClaimedDelivery, ClaimToken, Decided, DeliveryRecord, DeliveryState, Note, RecordedOutcome } from "./delivery.ts";
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
  type Decision,
  type DeliveryFilter,
  type EventRecord,
  type Journal,
  type KeptEvents,
  type NextState,
  type Pause,
  type RedriveRequest,
  type Settlement,
  type Starting,
  type Unaccounted,
} from "./journal.ts";
export { mayMove, TRANSITIONS } from "./transitions.ts";
