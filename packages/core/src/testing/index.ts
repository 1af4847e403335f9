export { describeConnector } from "./connector.ts";
export type { ActionSuite, ConnectorSuite } from "./connector-suite.ts";
export type { Fault, Peer, ReceivedCall } from "./peer.ts";
