export { dev, type DevOptions } from "./commands/dev.ts";
export { run, type RunOptions } from "./commands/run.ts";
export { tables } from "./tables.ts";
