export { eventbridge, type EventBridgeConfig } from "./eventbridge.ts";
