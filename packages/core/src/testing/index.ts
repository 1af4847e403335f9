export { describeConnector } from "./connector.ts";
export type { ActionSuite, ConnectorSuite } from "./connector-suite.ts";
export { describeJournal } from "./journal.ts";
export type { JournalSuiteOptions, JournalUnderTest, OpenJournal } from "./journal/bench.ts";
export type { Fault, Peer, ReceivedCall } from "./peer.ts";
export { describeSource, type SourceChange, type SourceDriver, type SourceTraits } from "./source.ts";
export { canaries, type Canaries } from "./canaries.ts";
