export { equal, ucs2length } from "./ajv-runtime.ts";
export type { BuiltConnector, BuiltProject, BuiltService } from "./built-project.ts";
export { openBuilt, type OpenedProject } from "./open-built.ts";
