export { createEventBridge, eventbridge } from "./eventbridge.ts";
export type { EventBridgeConfig } from "./config.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
