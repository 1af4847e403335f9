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
  /** With every argument that there is: what is not given is not attacked. Several, where not all can be given together. */
  readonly args: Row | readonly Row[];
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
  /** What stands before the text in an argument that takes nothing else. @default nothing */
  readonly behind?: { readonly [argument: string]: string };
}

/** The suite: whatever is put in, it is refused with a sentence, or arrives as it is and changes nothing beside its own place. */
export function describeInjection(connector: AnyConnector, { config, actions }: Attacked): void {
  for (const [name, attacked] of Object.entries(actions)) {
    const action = connector.actions[name] as AnyConnector["actions"][string];
    const variants = [attacked.args].flat() as readonly Row[];
    test(`all arguments of ${name} are attacked`, () => {
      const given = new Set(variants.flatMap((args) => Object.keys(args)));
      expect([...given].sort()).toEqual(Object.keys(action.args.properties ?? {}).sort());
    });
    for (const args of variants) {
      let usual: ReturnType<typeof sent> | undefined;
      const bench: Bench = { connector, config, name, attacked, args, usual: () => (usual ??= sent(bench, args)) };
      for (const spot of spotsIn(args, action.args)) {
        describe(`${name} of ${Object.keys(args).join()}, ${spot.isName ? "the name " : ""}${spot.path.join(".")}`, () => {
          test.each(Object.keys(CORPUS))("%s", (attack) => attackAt(bench, spot, CORPUS[attack] ?? ""));
        });
      }
    }
  }
}

interface Bench {
  readonly connector: AnyConnector;
  readonly config: Attacked["config"];
  readonly name: string;
  readonly attacked: AttackedAction;
  readonly args: Row;
  /** What becomes of the arguments as they are. */
  usual(): ReturnType<typeof sent>;
}

type Path = readonly (string | number)[];

/** Where the arguments hold a text, or a name that rows may choose. */
interface Spot {
  readonly path: Path;
  readonly isName: boolean;
}

async function attackAt(bench: Bench, spot: Spot, text: string): Promise<void> {
  const { places = {}, volatile = [], kept = (held) => held.toWellFormed(), behind = {} } = bench.attacked;
  const usual = await bench.usual();
  expect(usual.outcome.kind, "what is not attacked").toBe("accepted");
  const argument = String(spot.path[0]);
  const { outcome, arrived } = await sent(bench, replaced(bench.args, spot, `${behind[argument] ?? ""}${text}`) as Row);
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
  const own = places[argument] ?? [argument];
  const without = (row: Row | undefined): Row =>
    Object.fromEntries(Object.entries(row ?? {}).filter(([place]) => !own.includes(place) && !volatile.includes(place)));
  expect(without(arrived), "everything beside its place").toEqual(without(usual.arrived));
  const seen = own.flatMap((place) => textsOf(arrived?.[place] ?? null));
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

/** All texts that are not one of a few, and all names that no schema gives. */
function spotsIn(value: Value, schema: JsonSchema | undefined, path: Path = []): readonly Spot[] {
  const schemas = schema === undefined ? [] : withBranches(schema);
  if (typeof value === "string") return schemas.some((one) => one.enum !== undefined) ? [] : [{ path, isName: false }];
  const inside = (name: string | number): JsonSchema | undefined => {
    for (const one of schemas) {
      if (typeof name === "number" && one.items !== undefined) return one.items;
      if (typeof name === "string" && Object.hasOwn(one.properties ?? {}, name)) return one.properties?.[name];
      if (typeof name === "string" && typeof one.additionalProperties === "object") return one.additionalProperties;
    }
    return undefined;
  };
  if (isList(value)) return value.flatMap((item, index) => spotsIn(item, inside(index), [...path, index]));
  if (!isRow(value)) return [];
  const isGiven = (name: string): boolean => schemas.some(({ properties = {} }) => Object.hasOwn(properties, name));
  return Object.entries(value).flatMap(([name, item]): readonly Spot[] => {
    const at = [...path, name];
    return [...(isGiven(name) ? [] : [{ path: at, isName: true }]), ...spotsIn(item, inside(name), at)];
  });
}

function replaced(value: Value, { path: [name, ...rest], isName }: Spot, text: string): Value {
  if (name === undefined) return text;
  const changed = (item: Value): Value => (isName && rest.length === 0 ? item : replaced(item, { path: rest, isName }, text));
  if (isList(value)) return value.map((item, index) => (index === name ? changed(item) : item));
  if (!isRow(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Value] => {
    return key === name ? [isName && rest.length === 0 ? text : key, changed(item)] : [key, item];
  });
  return Object.fromEntries(entries);
}

/** With the names. */
function textsOf(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsOf);
  return isRow(value) ? Object.entries(value).flatMap(([name, item]) => [name, ...textsOf(item)]) : [];
}
