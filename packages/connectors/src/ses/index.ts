export { createSes, ses, type SesConfig } from "./ses.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
