export { afterOutcome } from "./after-outcome.ts";
export { attempt, type Attemptable, type AttemptOptions } from "./attempt.ts";
export { runEngine, type EngineOptions } from "./engine.ts";
export { expiryOf } from "./expiry.ts";
export { observers, type Observer, type SourceState } from "./observer.ts";
export type { Sleep } from "./patience.ts";
export { defaultRetry, nextDelayMs } from "./retry.ts";
export { isByLimit } from "./rule-limits.ts";
export { openService, type Service, type ServiceAction, type ServiceDefinition, type Services } from "./service.ts";
