export { createHttp, http, type HttpDoors } from "./http.ts";
export type { HttpConfig } from "./config.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
