import type { Lands } from "@backstitch/core/connector";
import { Decimal, isRow, jsonText, type Row, type Value } from "@backstitch/core/values";
import { Drop, filters as builtIn, toValue, type FilterImplOptions, type Liquid } from "liquidjs";
import { ARITHMETIC, wholeNumber } from "./arithmetic.ts";
import { formatDate } from "./date.ts";
import { exact } from "./exact-number.ts";
import { ArgumentFault, filterFault } from "./fault.ts";
import { land, printed, textOf } from "./landing.ts";
import { handlerOf, LIST_FILTERS, type Handler } from "./list-filters.ts";

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

/** A list or a text has these; of anything else Liquid would make nothing, or 0. */
const TAKE_NO_SCALARS = new Set(["first", "last", "size"]);
/** They make one text of an array's items. */
const PRINTS_ITEMS = new Set(["join", "array_to_sentence_string"]);
/** They hold a field against a value. */
const SEARCHES = new Set(["where", "reject", "has", "find", "find_index"]);
/** Which of what they are given are whole numbers; of an object Liquid would make a text and go on. */
const WHOLE_NUMBERS: Readonly<Record<string, number>> = { slice: 2, truncate: 1, truncatewords: 1 };
/** What a filter cannot do without; Liquid makes an empty text or "undefined" of it. */
const NEEDS: Readonly<Record<string, number>> = Object.fromEntries([
  ...(
    "append prepend remove remove_first remove_last replace replace_first replace_last split plus minus times divided_by modulo at_least at_most " +
    "slice map where reject has find find_index group_by concat push unshift default hmac_sha256"
  )
    .split(" ")
    .map((name) => [name, 1] as const),
  ...["where_exp", "reject_exp", "has_exp", "find_exp", "find_index_exp", "group_by_exp"].map((name) => [name, 2] as const),
]);

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
    else liquid.registerFilter(name, checked(name, LIST_FILTERS[name] ?? handlerOf(filter), escapes.has(name)));
  }
  for (const [name, calculate] of Object.entries(ARITHMETIC)) {
    liquid.registerFilter(
      name,
      checked(name, (value, ...args) => calculate(name, value, args), false),
    );
  }
  liquid.registerFilter("size", checked("size", sizeOf, false));
  liquid.registerFilter(
    "date",
    checked("date", (value, ...parts) => formatDate(toScalar(value), ...parts), false),
  );
  liquid.registerFilter(
    "json",
    checked("json", (value, space) => jsonText(toValue(value) as Value, Math.min(Number(space ?? 0), 8)), false),
  );
  liquid.registerFilter("raw", { raw: lands === "html", handler: (value: unknown) => printable(value) });
}

/** The last step of every `{{ }}`: a text, escaped for where it lands. */
export function outputFilter(lands: Lands): (value: unknown) => string {
  return (value) => (value instanceof Rendered ? value.text : land(printable(value), lands));
}

function checked(name: string, handler: Handler, raw: boolean): FilterImplOptions {
  return {
    raw,
    handler(value: unknown, ...args: unknown[]) {
      checkValue(name, toValue(value) as Value | undefined);
      checkArguments(
        name,
        args.map((arg) => toValue(arg) as Value),
      );
      return handler.call(this, value, ...prepared(name, args));
    },
  };
}

function checkValue(name: string, plain: Value | undefined): void {
  const wrong =
    ((plain === null || plain === undefined) && !TAKE_NULL.has(name) && "null") ||
    (Array.isArray(plain) && !TAKE_ARRAYS.has(name) && "an array") ||
    (isRow(plain) && !TAKE_ROWS.has(name) && "an object") ||
    (TAKE_NO_SCALARS.has(name) && typeof plain !== "string" && textOf(plain) !== undefined && "a number or boolean");
  if (wrong !== false) throw filterFault(name, wrong);
  if (PRINTS_ITEMS.has(name) && Array.isArray(plain)) checkItems(name, plain as readonly Value[]);
}

function checkArguments(name: string, args: readonly (Value | undefined)[]): void {
  const needs = NEEDS[name] ?? 0;
  if (args.length < needs)
    throw new ArgumentFault("TEMPLATE_FAILED", `the filter "${name}" needs ${needs === 1 ? "a value" : `${needs} values`} after its colon`);
  if (name === "concat" && !Array.isArray(args[0])) throw filterFault(name, "what is no array to add");
  if (PRINTS_ITEMS.has(name) || (!TAKE_ARRAYS.has(name) && !TAKE_NULL.has(name))) checkItems(name, args);
}

/** Liquid compares and counts with what it is handed: numbers by value, and whole ones where it counts. */
function prepared(name: string, args: readonly unknown[]): readonly unknown[] {
  const whole = WHOLE_NUMBERS[name] ?? 0;
  return args.map((arg, index) => (index < whole ? wholeNumber(name, arg) : SEARCHES.has(name) ? exact(arg) : arg));
}

/** What a filter makes a text of. @throws ArgumentFault where one of them is none: it would become an empty text or "[object Object]". */
function checkItems(name: string, items: readonly (Value | undefined)[]): void {
  for (const item of items) {
    if (textOf(item) !== undefined) continue;
    throw filterFault(name, `${Array.isArray(item) ? "an array" : isRow(item) ? "an object" : "null"} to print`);
  }
}

function sizeOf(value: unknown): number {
  const plain = toValue(value) as string | readonly Value[] | Row;
  return typeof plain === "string" || Array.isArray(plain) ? plain.length : Object.keys(plain).length;
}

function printable(value: unknown): string {
  return printed(toValue(value) as Value | undefined);
}

function toScalar(value: unknown): unknown {
  const plain = toValue(value) as Value;
  return plain instanceof Decimal ? Number(plain.text) : plain;
}
