export type { JournalSettings } from "./journal.ts";
export type { KnownData } from "./analyse.ts";
export { loadProject, type LoadedProject, type Project } from "./load.ts";
export { loadTests, type LoadedTests } from "./load-tests.ts";
export { validate, validateRendered } from "./schema/validate.ts";
export type { ConfiguredSource } from "./sources.ts";
export type { SourceType, Tables } from "./tables.ts";
