/** What the connectors here are made with, for those that are made elsewhere. */
export { networkFailure } from "../shared/network-failure.ts";
export { plain, type CallOptions, type Calls, type Plainly } from "../shared/plain.ts";
export { retryAfterMs } from "../shared/retry-after.ts";
export { loadSdk } from "../shared/load-sdk.ts";
