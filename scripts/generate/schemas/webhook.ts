import { webhookSchema } from "../../../packages/project/src/webhooks.ts";
import { head, type Json } from "./json.ts";
import { referenceDefs, writable } from "./references.ts";

/** A file of `webhooks/`. */
export function webhookFileSchema(): Json {
  return {
    ...head("webhook", "Backstitch webhook"),
    description: "A request of somebody else's server that becomes a change event.",
    ...writable(webhookSchema),
    $defs: referenceDefs,
  };
}
