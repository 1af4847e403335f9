export { dev, type DevOptions } from "./commands/dev.ts";
export { run, type RunOptions } from "./commands/run.ts";
export { Quit } from "./quit.ts";
export { tables } from "./tables.ts";
