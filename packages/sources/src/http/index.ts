export { httpSource } from "./source.ts";
export type { HttpSourceOptions } from "./options.ts";
export { readBody } from "./body.ts";
export { comeAgain, Refusal } from "./refusal.ts";
export { listen, type HttpServer } from "./server.ts";
