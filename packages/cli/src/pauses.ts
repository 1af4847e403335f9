import type { Pause } from "@backstitch/core/journal";

/** `Service "sms" is paused since …, by ada@shop: Wrong price.` */
export function pauseSentence({ of, name, since, by, reason }: Pause): string {
  return `${of === "service" ? "Service" : "Rule"} ${JSON.stringify(name)} is paused since ${new Date(since).toISOString()}, by ${by}: ${reason}`;
}
