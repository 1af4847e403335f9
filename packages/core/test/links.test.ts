import { inspect } from "node:util";
import {
  action,
  ConnectorError,
  type Connector,
  type JsonSchema,
  type Receipt,
  type SchemaFault,
  type Validate,
} from "@backstitch/core/connector";
import { linkMark, LINKS, type Guard } from "@backstitch/core/rules";
import { attempt, openService, type Attemptable, type Services } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";

const SIGNATURE = "0123456789abcdef0123456789abcdef";
const LINK = `https://bucket.example/in%20voice.pdf?a=1&X-Signature=${SIGNATURE}`;
const IN_HTML = LINK.replaceAll("&", "&amp;");

const args: JsonSchema = {
  type: "object",
  properties: {
    body: { type: "string" },
    html: { type: "string", lands: "html" },
    subject: { type: "string", lands: "header" },
    url: { type: "string", lands: "url" },
    list: { type: "array", items: { type: "string", lands: "html" } },
    data: { type: "object", additionalProperties: { type: "string", lands: "html" } },
  },
};

/** Knows one keyword: enough to refuse an argument that is not there. */
const validate: Validate =
  ({ properties = {} }) =>
  (value) =>
    Object.keys(value as object)
      .filter((name) => !Object.hasOwn(properties, name))
      .map((name): SchemaFault => ({ path: [], keyword: "additionalProperties", message: `There is no ${JSON.stringify(name)}.` }));

const mark = linkMark("key", "invoice");

interface World {
  readonly run?: (given: Row) => Promise<Receipt>;
  readonly make?: (given: { key: string }) => Promise<string>;
  readonly guards?: { readonly box?: Guard; readonly store?: Guard };
  readonly connect?: () => unknown;
}

function services({ run = async () => ({}), make = async () => LINK, guards = {}, connect = () => ({}) }: World): Services {
  const box: Connector<unknown> = {
    type: "box",
    summary: "Sends.",
    config: {},
    connect: () => ({}),
    actions: { send: action({ summary: "Sends.", args, repeat: "repeats", run: (_, given) => run(given as Row) }) },
  };
  const store: Connector<unknown> = {
    type: "store",
    summary: "Stores.",
    config: {},
    connect,
    actions: {},
    link: { summary: "A link.", args: { type: "object", properties: { key: { type: "string" } } }, make: (_, given) => make(given) },
  };
  const open = (name: "box" | "store", connector: Connector<unknown>) =>
    [name, openService({ name, connector, config: {}, guard: guards[name], deadlineMs: 50 }, validate)] as const;
  return new Map([open("box", box), open("store", store)]);
}

function delivery(given: Row, link: Row = { service: "store", with: { key: "k" } }): Attemptable {
  const stored = { ...given, [LINKS]: { [mark]: { name: "invoice", ...link } } } as Row;
  return { id: "d", service: "box", action: "send", args: stored, attempts: 0, uncertain: false, ifUncertain: "retry" };
}

describe("a link in arguments", () => {
  test.each<readonly [string, Row, Row]>([
    ["a text", { body: `See ${mark}.` }, { body: `See ${LINK}.` }],
    ["a text twice", { body: `${mark} ${mark}` }, { body: `${LINK} ${LINK}` }],
    ["HTML", { html: `<a href="${mark}">` }, { html: `<a href="${IN_HTML}">` }],
    ["HTML, whole", { html: mark }, { html: IN_HTML }],
    ["a header", { subject: mark }, { subject: LINK }],
    ["a URL, whole", { url: mark }, { url: LINK }],
    ["a part of a URL", { url: `https://x.example/?to=${mark}` }, { url: `https://x.example/?to=${encodeURIComponent(LINK)}` }],
    ["a list", { list: ["a", mark] }, { list: ["a", IN_HTML] }],
    ["an object", { data: { a: mark } }, { data: { a: IN_HTML } }],
    ["nowhere else", { body: "backstitch-link-other" }, { body: "backstitch-link-other" }],
  ])("lands in %s as it must be there", async (_, given, sent) => {
    const seen: Row[] = [];
    const run = async (one: Row): Promise<Receipt> => (seen.push(one), {});
    expect(await attempt(delivery(given), services({ run }))).toEqual({ kind: "accepted", receipt: {} });
    expect(seen).toEqual([sent]);
  });

  const no: Guard = { permits: () => ({ deniedBecause: "no" }) };

  test.each<readonly [string, World, Row | undefined, object]>([
    ["an unknown service", {}, { service: "shop", with: {} }, { kind: "rejected", code: "SERVICE_UNKNOWN" }],
    ["a service that makes none", {}, { service: "box", with: {} }, { kind: "rejected", code: "ACTION_UNKNOWN" }],
    ["what no link is made of", {}, { service: "store", with: { x: 1 } }, { kind: "rejected", code: "ARGUMENTS_INVALID" }],
    [
      "a guard of the other service",
      { guards: { store: no } },
      undefined,
      { kind: "rejected", code: "GUARD_DENIED", reason: 'The link "invoice" is not made: no' },
    ],
    [
      "what its connector refuses",
      { make: () => Promise.reject(new ConnectorError("rejected", "S3_KEY_INVALID", "No key.")) },
      undefined,
      { kind: "rejected", code: "LINK_FAILED", reason: 'The link "invoice" could not be made: No key.' },
    ],
    [
      "a lock-out there, which is none here",
      { make: () => Promise.reject(new ConnectorError("locked-out", "GONE", "No keys.")) },
      undefined,
      { kind: "unavailable", code: "LINK_FAILED", reason: 'The link "invoice" could not be made: No keys.' },
    ],
    [
      "a client that cannot be made",
      { connect: () => Promise.reject(new Error(LINK)) },
      undefined,
      { kind: "unavailable", code: "LINK_FAILED" },
    ],
    ["a bug there", { make: () => Promise.reject(new Error(LINK)) }, undefined, { kind: "unavailable", code: "LINK_FAILED" }],
    ["what is no address", { make: async () => 'javascript:alert("")' }, undefined, { kind: "unavailable", code: "LINK_FAILED" }],
    ["one that takes too long", { make: () => new Promise(() => undefined) }, undefined, { kind: "unavailable", code: "DEADLINE" }],
  ])("is not sent for %s", async (_, world, link, expected) => {
    const run = (): never => expect.unreachable("it was sent");
    const outcome = await attempt(delivery({ body: mark }, link), services({ ...world, run }));
    expect(outcome).toMatchObject(expected);
    expect(inspect(outcome)).not.toContain(SIGNATURE);
  });

  test("is seen by the guards of the service that it goes to, of which the other's are asked as of an action", async () => {
    const asked: unknown[] = [];
    const noting: Guard = { permits: (action, args) => (asked.push([action, args]), { by: "yes" }) };
    await attempt(delivery({ body: mark }), services({ guards: { box: noting, store: noting } }));
    expect(asked).toEqual([
      ["link", { key: "k" }],
      ["send", { body: LINK }],
    ]);
  });

  test.each([
    ["a receipt", async () => ({ id: `of ${LINK}`, answer: { echo: [IN_HTML, encodeURIComponent(LINK), `cut ${SIGNATURE}`] } })],
    ["a reason", () => Promise.reject(new ConnectorError("rejected", "NO", `Not ${LINK}, nor ${SIGNATURE}.`))],
  ])("is not in %s", async (_, run) => {
    const outcome = await attempt(delivery({ body: mark }), services({ run }));
    expect(JSON.stringify(outcome)).not.toContain(SIGNATURE);
    expect(JSON.stringify(outcome)).toContain("[link]");
  });

  test("is told to whoever looks for an earlier attempt", async () => {
    const seen: unknown[] = [];
    const open = services({});
    const box = open.get("box");
    const reconcile = async (_: unknown, given: unknown, { links }: { links?: readonly string[] }) => (
      seen.push(given, links),
      "done" as const
    );
    const send = box?.action("send");
    if (box === undefined || send === undefined) throw new Error("no action");
    const looking = { ...box, action: () => ({ ...send, reconcile }) };
    const uncertain = { ...delivery({ body: mark }), uncertain: true };
    expect(await attempt(uncertain, new Map([...open, ["box", looking]]))).toEqual({ kind: "accepted", receipt: { reconciled: true } });
    expect(seen).toEqual([{ body: LINK }, [LINK]]);
  });
});
