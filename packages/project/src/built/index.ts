export { equal, ucs2length } from "./ajv-runtime.ts";
export type { BuiltConnector, BuiltProject, BuiltService } from "./built-project.ts";
export { openBuilt, secretNamesOf, type OpenedProject } from "./open-built.ts";
