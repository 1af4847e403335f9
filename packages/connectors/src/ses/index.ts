export { createSes, ses } from "./ses.ts";
export type { SesConfig } from "./config.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
