import type { Problem } from "@backstitch/core/rules";
import { durationText } from "../../rule/duration.ts";
import { fixedArguments } from "../fixed-arguments.ts";
import type { ServiceLimit } from "../input.ts";
import type { Check, Study } from "../study.ts";
import { warning } from "../warning.ts";
import type { WrittenEntry } from "../written.ts";

const CODE = "COST_OVER_LIMIT";

/** Entries that cost more than their service's limits have, by what is fixed of them. */
export const costs: Check = {
  finds: { [CODE]: "an entry whose deliveries cost more, each, than a limit of its service lets through at once" },
  *find(study) {
    for (const entry of study.rules.flatMap(({ entries }) => entries)) {
      const limits = study.input.limits?.get(entry.service) ?? [];
      for (const unit of new Set(limits.map((limit) => limit.unit))) {
        const cost = leastCost(study, entry, unit);
        const over = limits.filter((limit) => limit.unit === unit && limit.count < cost);
        const [longest] = over.sort((one, other) => passingMs(other, cost) - passingMs(one, cost));
        if (longest !== undefined) yield ofEntry(entry, longest, cost);
      }
    }
  },
};

function ofEntry(entry: WrittenEntry, limit: ServiceLimit, cost: number): Problem {
  const { unit, count, periodMs } = limit;
  const service = JSON.stringify(entry.service);
  const through = `${service} lets ${count} through in ${durationText(periodMs)}`;
  const then = `it waits until none of them is used, is sent all the same, and up to ${durationText(passingMs(limit, cost))} pass before the next is`;
  const message = `A delivery costs at least ${cost} ${JSON.stringify(unit)}, and ${through}: ${then}.`;
  const remedy = `Raise the limit in services/${entry.service}.json to ${cost} or more, if the far side takes that; else let the entry ask for less.`;
  return warning(entry, { code: CODE, message, remedy });
}

/** How long it takes until all of it may be used again. */
function passingMs({ count, periodMs }: ServiceLimit, cost: number): number {
  return Math.ceil(cost / count) * periodMs;
}

/** More of an argument never costs less, says the contract. 0 where the action does not count the unit, or cannot without what an event adds. */
function leastCost(study: Study, entry: WrittenEntry, unit: string): number {
  const count = study.services.get(entry.service)?.get(entry.action)?.cost?.[unit];
  if (count === undefined) return 0;
  try {
    const units: number = count(fixedArguments(entry, study) as never);
    return Number.isSafeInteger(units) ? units : 0;
  } catch {
    return 0;
  }
}
