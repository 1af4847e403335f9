/** Texts that try to break out of the place they are put in, through every argument of every action of a connector. */
import { withBranches, type AnyConnector, type JsonSchema, type Outcome } from "@backstitch/core/connector";
import type { Peer, ReceivedCall } from "@backstitch/core/testing";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { attempted } from "./attempted.ts";

/** By what each tries. */
export const CORPUS: Readonly<Record<string, string>> = {
  "a second header": "late\r\nBcc: x.canary@evil.example",
  "a second header after a line feed": "late\nX-Evil: 1",
  "a second header, folded": "late\r\n X-Evil: 1",
  "a body": "late\r\n\r\n<b>evil</b>",
  "the end of an SMTP message": "late\r\n.\r\nMAIL FROM:<x@evil.example>",
  NUL: "late\0evil",
  "the folder above": "../../evil",
  "the folder above, of Windows": "..\\..\\evil",
  "the folder above, encoded": "..%2f..%2fevil",
  "an absolute path": "/etc/passwd",
  "a URL's user": "https://good.example@evil.example/",
  "another parameter": "late&To=%2B15559990000&Body=evil",
  "text turned round": "late\u202egnp.exe",
  "text set apart": "late\u2066evil\u2069",
  "a mark of direction": "late\u200fevil",
  HTML: '<img src=x onerror="alert(1)">',
  "the end of an attribute": `"'><script>alert(1)</script>`,
  "an encoded word": "=?UTF-8?Q?late=0D=0ABcc:_x@evil.example?=",
  "several addresses": "a@good.example, x.canary@evil.example",
  "an address in a name": "x.canary@evil.example <a@good.example>",
  "a template": "{{ evil }}{% raw %}",
  XML: "]]></Data><Evil>1</Evil><![CDATA[",
  JSON: '","evil":"1',
  "half a character": "late\ud83d",
  "the other half": "\udc00late",
  "ten megabytes": "x".repeat(10_000_000),
  "a prototype": "__proto__",
};

interface Attacked {
  readonly config: (url: string) => unknown;
  readonly actions: { readonly [name: string]: AttackedAction };
}

interface AttackedAction {
  /** With every argument that there is: what is not given is not attacked. */
  readonly args: Row;
  peer(): Promise<Peer>;
  /**
   * What arrived, by place, as whoever receives it reads it: decoded, and nothing left out that an attack could have made.
   * @default the fields that the stand-in took
   */
  arrived?(call: ReceivedCall): Row | Promise<Row>;
  /** The places where an argument is seen, by its name. @default the one that is called like the argument */
  readonly places?: { readonly [argument: string]: readonly string[] };
  /** What of a text in an argument is kept where it arrives, and in which form. @default all, half a character as the sign for one */
  readonly kept?: (text: string, argument: string) => string;
  /** What differs with each attempt. @default nothing */
  readonly volatile?: readonly string[];
}

/** The suite: whatever is put in, it is refused with a sentence, or arrives as it is and changes nothing beside its own place. */
export function describeInjection(connector: AnyConnector, { config, actions }: Attacked): void {
  for (const [name, attacked] of Object.entries(actions)) {
    const action = connector.actions[name] as AnyConnector["actions"][string];
    test(`all arguments of ${name} are attacked`, () => {
      expect(Object.keys(attacked.args).sort()).toEqual(Object.keys(action.args.properties ?? {}).sort());
    });
    const bench: Bench = { connector, config, name, attacked };
    for (const path of textsOf(attacked.args, action.args)) {
      const title = `${name}, ${path.join(".")}`;
      describe(title, () => {
        test.each(Object.keys(CORPUS))("%s", (attack) => attackAt(bench, path, CORPUS[attack] ?? ""));
      });
    }
  }
}

interface Bench {
  readonly connector: AnyConnector;
  readonly config: Attacked["config"];
  readonly name: string;
  readonly attacked: AttackedAction;
}

type Path = readonly (string | number)[];

async function attackAt(bench: Bench, path: Path, text: string): Promise<void> {
  const { args, places = {}, volatile = [], kept = (held) => held.toWellFormed() } = bench.attacked;
  const usual = await sent(bench, args);
  expect(usual.outcome.kind, "what is not attacked").toBe("accepted");
  const { outcome, arrived } = await sent(bench, withText(args, path, text));
  if (outcome.kind !== "accepted") {
    expect(outcome).toMatchObject({
      kind: "rejected",
      code: expect.stringMatching(/^[A-Z]/) as string,
      reason: expect.stringMatching(/\w{3}.*\.$/s) as string,
    });
    expect(outcome.reason.length, "a sentence").toBeLessThan(600);
    expect(outcome.reason).not.toContain("canary");
    expect(arrived).toBeUndefined();
    return;
  }
  const argument = String(path[0]);
  const own = places[argument] ?? [argument];
  const without = (row: Row | undefined): Row =>
    Object.fromEntries(Object.entries(row ?? {}).filter(([place]) => !own.includes(place) && !volatile.includes(place)));
  expect(without(arrived), "everything beside its place").toEqual(without(usual.arrived));
  const seen = own.flatMap((place) => leavesOf(arrived?.[place] ?? null));
  // Not `toContain`, which would print ten megabytes.
  expect(
    seen.some((leaf) => kept(leaf, argument).includes(kept(text, argument))),
    `it is in ${own.join(" or ")}, as it is`,
  ).toBe(true);
}

async function sent({ connector, config, name, attacked }: Bench, args: Row): Promise<{ outcome: Outcome; arrived: Row | undefined }> {
  const peer = await attacked.peer();
  try {
    const outcome = await attempted(connector, { config: config(peer.url), action: name, args });
    const [call, second] = peer.received();
    expect(second).toBeUndefined();
    return { outcome, arrived: call === undefined ? undefined : await (attacked.arrived ?? (({ fields }) => fields))(call) };
  } finally {
    await peer.close();
  }
}

/** Where the arguments hold a text that is not one of a few. */
function textsOf(value: Value, schema: JsonSchema | undefined, path: Path = []): readonly Path[] {
  const schemas = schema === undefined ? [] : withBranches(schema);
  if (typeof value === "string") return schemas.some((one) => one.enum !== undefined) ? [] : [path];
  const inside = (name: string | number): JsonSchema | undefined => {
    for (const one of schemas) {
      if (typeof name === "number" && one.items !== undefined) return one.items;
      if (typeof name === "string" && Object.hasOwn(one.properties ?? {}, name)) return one.properties?.[name];
      if (typeof name === "string" && typeof one.additionalProperties === "object") return one.additionalProperties;
    }
    return undefined;
  };
  if (isList(value)) return value.flatMap((item, index) => textsOf(item, inside(index), [...path, index]));
  return isRow(value) ? Object.entries(value).flatMap(([name, item]) => textsOf(item, inside(name), [...path, name])) : [];
}

function withText(value: Value, [name, ...rest]: Path, text: string): Row {
  return replaced(value, name === undefined ? [] : [name, ...rest], text) as Row;
}

function replaced(value: Value, [name, ...rest]: Path, text: string): Value {
  if (name === undefined) return text;
  if (isList(value)) return value.map((item, index) => (index === name ? replaced(item, rest, text) : item));
  if (!isRow(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === name ? replaced(item, rest, text) : item]));
}

function leavesOf(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(leavesOf);
  return isRow(value) ? Object.values(value).flatMap(leavesOf) : [];
}
