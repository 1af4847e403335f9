export type { BatchedCall, Batching, BatchLimits } from "./batching.ts";
export { ConnectorError } from "./connector-error.ts";
export {
  action,
  type Action,
  type AnyConnector,
  type AttemptContext,
  type Connector,
  type Found,
  type LookUpContext,
  type Past,
  type PastAttempts,
  type Repeat,
} from "./connector.ts";
export { escaped, escapedWhole } from "./lands.ts";
export { LINK, type Link } from "./link.ts";
export type { Failure, Outcome, OutcomeKind, Receipt } from "./outcome.ts";
export {
  ReceiptRefused,
  REPORTED,
  type Fact,
  type InboundRequest,
  type ReceiptContext,
  type Receipts,
  type Report,
  type ReportedStanding,
} from "./receipts.ts";
export { addresseesOf, addressOf, declaredFor, hasAddressees, shownAddress, withBranches } from "./recipients.ts";
export type { FromSchema, JsonSchema, Lands, SchemaFault, Validate } from "./schema.ts";
export { Secret } from "./secret.ts";
