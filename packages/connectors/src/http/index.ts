export { http } from "./http.ts";
export type { HttpConfig } from "./config.ts";
