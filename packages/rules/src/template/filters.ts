import type { Lands } from "@backstitch/core/connector";
import { Decimal, isRow, type Value } from "@backstitch/core/values";
import { Drop, filters as builtIn, toValue, type FilterImplOptions, type Liquid } from "liquidjs";
import { formatDate } from "./date.ts";
import { ArgumentFault } from "./fault.ts";
import { land, textOf } from "./landing.ts";

/** They read the clock, throw dice, or depend on the machine's time zone; or they would print a Decimal as an object. */
const LEFT_OUT = ["sample", "inspect", "jsonify", "date_to_xmlschema", "date_to_rfc822", "date_to_string", "date_to_long_string"];
/** What null and rows may go into; every other filter would make an empty text or "[object Object]" of them. */
const TAKE_NULL = new Set(["default", "json"]);
const TAKE_ROWS = new Set(["default", "json", "size"]);
const TAKE_ARRAYS = new Set(
  (
    "default json size join first last map where where_exp reject reject_exp reverse sort sort_natural sum uniq compact concat push unshift pop shift slice " +
    "group_by group_by_exp find find_exp find_index find_index_exp has has_exp array_to_sentence_string"
  ).split(" "),
);

/** They make one text of an array's items. */
const PRINTS_ITEMS = new Set(["join", "array_to_sentence_string"]);

/** What was rendered and escaped already by `capture`. */
export class Rendered extends Drop {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override valueOf(): string {
    return this.text;
  }
}

/** Registers the filters: Liquid's own, with what they silently swallow refused, and ours in place of some. */
export function registerFilters(liquid: Liquid, lands: Lands): void {
  const escapes = lands === "html" ? new Set(["escape", "xml_escape", "escape_once"]) : new Set<string>();
  for (const [name, filter] of Object.entries(builtIn)) {
    if (LEFT_OUT.includes(name)) liquid.unregisterFilter(name);
    else liquid.registerFilter(name, checked(name, handlerOf(filter), escapes.has(name)));
  }
  liquid.registerFilter(
    "date",
    checked("date", (value, ...parts) => formatDate(toScalar(value), ...parts), false),
  );
  liquid.registerFilter(
    "json",
    checked("json", (value, space) => jsonText(toValue(value) as Value, Number(space ?? 0)), false),
  );
  liquid.registerFilter("raw", { raw: lands === "html", handler: (value: unknown) => printable(value) });
}

/** The last step of every `{{ }}`: a text, escaped for where it lands. */
export function outputFilter(lands: Lands): (value: unknown) => string {
  return (value) => (value instanceof Rendered ? value.text : land(printable(value), lands));
}

type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;

function handlerOf(filter: FilterImplOptions): Handler {
  return typeof filter === "function" ? filter : filter.handler;
}

function checked(name: string, handler: Handler, raw: boolean): FilterImplOptions {
  return {
    raw,
    handler(value: unknown, ...args: unknown[]) {
      const plain = toValue(value) as Value | undefined;
      const wrong =
        ((plain === null || plain === undefined) && !TAKE_NULL.has(name) && "null") ||
        (Array.isArray(plain) && !TAKE_ARRAYS.has(name) && "an array") ||
        (isRow(plain) && !TAKE_ROWS.has(name) && "an object");
      if (wrong !== false) throw new ArgumentFault("TEMPLATE_FAILED", `the filter "${name}" was given ${wrong}`);
      if (PRINTS_ITEMS.has(name) && Array.isArray(plain)) checkItems(name, plain as readonly Value[]);
      if (!TAKE_ARRAYS.has(name) && !TAKE_NULL.has(name))
        checkItems(
          name,
          args.map((arg) => toValue(arg) as Value),
        );
      return handler.call(this, value, ...args);
    },
  };
}

/** What a filter makes a text of. @throws ArgumentFault where one of them is none: it would become an empty text or "[object Object]". */
function checkItems(name: string, items: readonly (Value | undefined)[]): void {
  for (const item of items) {
    if (textOf(item) !== undefined) continue;
    const what = Array.isArray(item) ? "an array" : isRow(item) ? "an object" : "null";
    throw new ArgumentFault("TEMPLATE_FAILED", `the filter "${name}" was given ${what} to print`);
  }
}

function printable(value: unknown): string {
  const plain = toValue(value) as Value | undefined;
  const text = textOf(plain);
  if (text !== undefined) return text;
  const [what, how] =
    plain === null || plain === undefined
      ? ["null", 'give it a value with the filter "default"']
      : Array.isArray(plain)
        ? ["an array", 'print it with the filter "join" or "json"']
        : ["an object", 'name one of its fields or print it with the filter "json"'];
  throw new ArgumentFault("TEMPLATE_FAILED", `the value is ${what}: ${how}`);
}

function toScalar(value: unknown): unknown {
  const plain = toValue(value) as Value;
  return plain instanceof Decimal ? Number(plain.text) : plain;
}

/** Node 24 has it; the library's types do not yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON with every digit: a Decimal or bigint is written as the number it is. */
function jsonText(value: Value | undefined, space: number): string {
  const exact = (item: unknown): unknown => (typeof item === "bigint" || item instanceof Decimal ? rawJSON(String(item)) : item);
  const replacer = function (this: Record<string, unknown>, name: string): unknown {
    return exact(this[name]);
  };
  return JSON.stringify(value ?? null, replacer, Math.min(space, 8));
}
