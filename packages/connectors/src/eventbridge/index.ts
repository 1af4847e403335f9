export { createEventBridge, eventbridge, type EventBridgeConfig } from "./eventbridge.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
