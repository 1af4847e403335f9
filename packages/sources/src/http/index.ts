export { httpSource } from "./source.ts";
export type { HttpSourceOptions } from "./options.ts";
