import type { AnyConnector, JsonSchema } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { Limits, Rate } from "@backstitch/core/runtime";
import { isTurnPath, meantBy, parsePath, parseRate, TURN_EVENT_ROOTS } from "@backstitch/rules";
import { didYouMean, listOf, valueAt, type Located } from "@backstitch/rules/json";
import { entriesAt, textAt } from "./located-value.ts";
import { problemAt } from "./problem.ts";
import type { Path } from "./schema/schema-at.ts";
import { nameOf } from "./schema/words.ts";

/** `limits` of a service file: rates by unit. Which units there are, its connector says. */
export const limitsSchema = {
  type: "object",
  description: "How much of a unit of the vendor's may be used in any stretch of time.",
  properties: {
    per: {
      type: "string",
      description:
        'What deliveries take turns by: "rule", "then", "action", "lane", or a path into the arguments or the event, such as "args.to" or "after.tenant".',
    },
  },
  additionalProperties: {
    description: 'A rate, or several: "10 per 1s", ["14 per 1s", "50000 per 24h"].',
    anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }],
  },
} as const satisfies JsonSchema;

/** Of every action of every connector an attempt is one. */
const REQUESTS = "requests";
const SHORTEST_MS = 10;
/** Stored arguments, by which earlier costs are counted, are kept as long. */
const LONGEST_MS = 7 * 86_400_000;

/** The units that a service of the connector may limit. */
export function unitsOf({ actions }: AnyConnector): readonly string[] {
  return [...new Set([REQUESTS, ...Object.values(actions).flatMap(({ cost = {} }) => Object.keys(cost))])];
}

/** Reads `limits`. Types were checked by the schema: here is what a schema cannot say. */
export function readLimits(
  located: Located,
  connector: AnyConnector | undefined,
): { readonly limits: Limits | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const rates: Rate[] = [];
  const units = connector === undefined ? undefined : unitsOf(connector);
  for (const [unit] of entriesAt(located, ["limits"])) {
    if (unit === "per") continue;
    if (units !== undefined && !units.includes(unit)) problems.push(unknownUnit(located, unit, units));
    for (const [path, text] of textsAt(located, ["limits", unit])) {
      const rate = readRate(unit, text);
      if (rate === undefined) problems.push(invalidRate(located, path, text));
      else rates.push(rate);
    }
  }
  const text = textAt(located, ["limits", "per"]);
  const per = text === undefined ? undefined : readPer(text);
  if (text !== undefined && per === undefined) problems.push(invalidPer(located, text));
  return { limits: rates.length === 0 && per === undefined ? undefined : { rates, per }, problems };
}

/** One text, or the texts of a list, each with its path. */
function textsAt(located: Located, path: Path): readonly (readonly [Path, string])[] {
  const value = valueAt(located, path);
  const all = Array.isArray(value) ? value.map((item: unknown, index) => [[...path, index], item] as const) : [[path, value] as const];
  return all.filter((pair): pair is readonly [Path, string] => typeof pair[1] === "string");
}

/** What a delivery itself has to take turns by. */
const ROOTS = ["rule", "then", "action", "lane", "args"];

/** A path that leads to something: of the delivery only the arguments have anything inside. */
function readPer(text: string): readonly string[] | undefined {
  const path = parsePath(text);
  const [root = "", ...inside] = path ?? [];
  const isOfDelivery = ROOTS.includes(root) && (root === "args") === inside.length > 0;
  return path !== undefined && (isOfDelivery || isTurnPath(path)) ? path : undefined;
}

function invalidPer(located: Located, text: string): Problem {
  const message = `"per" is ${JSON.stringify(text.slice(0, 60))}; it must be "rule", "then", "action", "lane", or a path into the arguments or the event, such as "args.to" or "after.tenant".`;
  return problemAt(located.placeOf(["limits", "per"]), "LIMIT_PER_INVALID", message, meantPer(text));
}

/** The same path from another beginning; a name by itself may be that of an argument, or of a column. */
function meantPer(text: string): string | undefined {
  const [root = ""] = /^[^.[]*/.exec(text) ?? [];
  const all = [...ROOTS, ...TURN_EVENT_ROOTS];
  const near = all.find((other) => didYouMean(root, [other]) !== undefined && readPer(other + text.slice(root.length)) !== undefined);
  if (near !== undefined) return `Did you mean ${JSON.stringify(near + text.slice(root.length))}?`;
  const isName = /^[A-Za-z_]\w*$/.test(text) && !all.includes(text) && text !== "values";
  return isName ? `Did you mean "args.${text}" or "after.${text}"?` : undefined;
}

function readRate(unit: string, text: string): Rate | undefined {
  const rate = parseRate(text);
  return rate === undefined || rate.periodMs < SHORTEST_MS || rate.periodMs > LONGEST_MS ? undefined : { unit, ...rate };
}

function unknownUnit(located: Located, unit: string, units: readonly string[]): Problem {
  const type = textAt(located, ["connector"]);
  const message = `${JSON.stringify(unit)} is not a unit of ${JSON.stringify(type)}; its services can limit ${listOf(units)}.`;
  const remedy = unit === "concurrency" ? 'Write "concurrency" beside "limits".' : didYouMean(unit, units);
  return problemAt(located.placeOf(["limits", unit], "key"), "LIMIT_UNIT_UNKNOWN", message, remedy);
}

function invalidRate(located: Located, path: Path, text: string): Problem {
  const message = `${nameOf(path)} is ${JSON.stringify(text.slice(0, 60))}; it must be a whole number and a time from 10ms to 7d, such as "10 per 1s" or "50000 per 24h".`;
  return problemAt(
    located.placeOf(path),
    "LIMIT_INVALID",
    message,
    meantBy(text, (meant) => readRate("", meant)),
  );
}
