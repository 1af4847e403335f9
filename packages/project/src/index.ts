export type { JournalSettings } from "./journal.ts";
export type { KnownData } from "./analyse.ts";
export { lambdaSources } from "./lambda-sources.ts";
export { loadProject, type LoadedProject, type Project } from "./load.ts";
export { loadTests, type LoadedTests } from "./load-tests.ts";
export { validate, validateRendered } from "./schema/validate.ts";
export type { ConfiguredSource } from "./sources.ts";
export type { SourceType, Tables } from "./tables.ts";
export { withoutJournal, type WithoutJournal } from "./without-journal.ts";
