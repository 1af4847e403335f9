import { deliveryId, laneBy, laneId } from "@backstitch/core/rules";
import { canonicalText } from "@backstitch/core/values";
import type { CompiledThen } from "../rule/compiled-rule.ts";
import { keyTextOf, type Shown } from "./gathering.ts";

/** In which lane a delivery goes; where there is nothing to order it by, in that of its row. @throws ArgumentFault */
export function laneOf({ rule, name, order }: CompiledThen, part: Shown, key: string): string {
  if (order === "none") return deliveryId(key);
  const by = order === "lane" ? null : order(part.facts);
  if (by !== null) return laneBy(rule, name, canonicalText(by));
  return laneId(rule, name, part.event.collection, (part.keyText ??= keyTextOf(part.event)));
}
