import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FailedMatch, Matched, NewDelivery } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { decodeValue, type Row, type Value } from "@backstitch/core/values";

const CASES = join(import.meta.dirname, "..", "cases");
/** Those that need what a developer registers in code stand apart: an editor does not know of it. */
const FOLDERS = ["", "extensions"];

/** One row of a case file: a rule (or its `when`, or the arguments of its one entry), an event, and what must happen. */
export interface Case {
  readonly name: string;
  /** For people: why it must be so. */
  readonly because: string;
  /** What it shows, of docs/rules/clauses.md. */
  readonly clauses: readonly string[];
  readonly rule?: Row;
  readonly when?: Value;
  readonly service?: string;
  readonly action?: string;
  readonly with?: Value;
  /** What differs from an update of shop's orders whose `before` and `changed` were not sent. */
  readonly event: Row;
  readonly happens:
    | "match"
    | "nothing"
    | { readonly undecided: readonly string[] }
    | { readonly args: Row }
    | { readonly failure: string; readonly reason: string }
    | { readonly deliveries: readonly Partial<NewDelivery>[]; readonly failures?: readonly Partial<FailedMatch>[] };
}

/** Numbers that JSON lacks are written as the journal writes them: `{"$":"d","v":"12.50"}`. */
export function readCases(): { about: string; cases: Case[] }[] {
  return FOLDERS.flatMap((folder) => readdirSync(join(CASES, folder)).map((name) => join(folder, name)))
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const file = JSON.parse(readFileSync(join(CASES, name), "utf8")) as { about: string; cases: Case[] };
      const cases = file.cases.map((item) => ({ ...item, event: decoded(item.event), happens: decoded(item.happens) }));
      return { about: `${name}: ${file.about}`, cases };
    });
}

function decoded<T>(value: T): T {
  return decodeValue(JSON.stringify(value)) as T;
}

/** The rule file's text. */
export function ruleText({ rule, when, service = "sms", action = "send", with: args = { to: "t", body: "b" } }: Case): string {
  const plain = {
    on: { source: "shop", collection: "orders", operations: ["insert", "update", "delete"] },
    then: [{ service, action, with: args }],
  };
  // Large whole numbers are written to the cases as they are meant to stand in a rule file.
  return JSON.stringify(rule ?? (when === undefined ? plain : { ...plain, when }), null, 2);
}

export function eventOf(differences: Row): ChangeEvent {
  const plain: ChangeEvent = {
    id: "e1",
    source: "shop",
    origin: "log",
    operation: "update",
    database: "shopdb",
    collection: "orders",
    key: { id: 1 },
    previousKey: undefined,
    after: {},
    before: undefined,
    unsent: [],
    changed: undefined,
    committedAt: "2026-05-06T07:08:09.000000Z",
  };
  const deleted = differences["operation"] === "delete" ? { after: null } : {};
  return { ...plain, ...deleted, ...differences };
}

/** What happened, in the words of the case. */
export function summaryOf(matched: Matched, expected: Case["happens"]): Case["happens"] {
  const { deliveries, failures, undecided } = matched;
  if (typeof expected === "object" && "deliveries" in expected) return expected;
  const [first] = failures;
  if (first !== undefined) return { failure: first.code, reason: first.reason };
  if (undecided[0] !== undefined) return { undecided: undecided[0].paths };
  if (deliveries[0] === undefined) return "nothing";
  return typeof expected === "object" && "args" in expected ? { args: deliveries[0].args } : "match";
}
