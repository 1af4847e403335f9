import { action, type Action, type Connector } from "@backstitch/core/connector";
import { clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { storeOf } from "./claim-check.ts";
import { config, type EventBridgeClient, type EventBridgeConfig } from "./config.ts";
import { entryFaults } from "./entry.ts";
import { batch, put, putArgs, type PutArgs } from "./put.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

/** Amazon EventBridge: puts events on a bus. */
export const eventbridge: Connector<EventBridgeConfig, EventBridgeClient, { readonly put: Action<EventBridgeClient, PutArgs> }> = {
  type: "eventbridge",
  summary: "Amazon EventBridge: puts events on a bus.",
  config,
  async connect(settings) {
    const sdk = await loadSdk("eventbridge", "@aws-sdk/client-eventbridge", () => import("@aws-sdk/client-eventbridge"));
    return { sdk, aws: new sdk.EventBridgeClient(clientOptions(settings)), config: settings, store: await storeOf(settings) };
  },
  close: ({ aws, store }) => {
    aws.destroy();
    store?.aws.destroy();
  },
  actions: {
    put: action({
      summary: "Puts one event on the bus.",
      args: putArgs,
      faults: entryFaults,
      repeat: "repeats",
      run: put,
      batch,
      cost: { entries: () => 1 },
    }),
  },
};

/** EventBridge without engine, journal or project: see {@link Calls}. */
export function createEventBridge(config: Plainly<EventBridgeConfig>): Calls<typeof eventbridge> {
  return plain(eventbridge, config);
}
