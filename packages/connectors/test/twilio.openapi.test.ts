/**
 * What is sent to Twilio, and what the stand-in answers, against Twilio's own published description of both: every request goes where there is such a
 * path, and every field is one that there is, of its type and form. `TWILIO_OPENAPI=FILE` reads the whole of what Twilio publishes in place of an excerpt.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, type PastAttempts } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { twilio } from "@backstitch/connectors/twilio";
import { twilioPeer } from "@backstitch/sandbox";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { answering, type SeenRequest } from "./support/answering.ts";
import { attempted, idOf, type Tried } from "./support/attempted.ts";

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly schema: Schema;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: { readonly "application/x-www-form-urlencoded": { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content: { readonly "application/json": { readonly schema: Schema } } }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<"get" | "post", Operation | undefined>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const EXCERPT = join(import.meta.dirname, "fixtures/twilio-messages.openapi.json");
const { paths, components } = asJsonSchema(JSON.parse(readFileSync(process.env["TWILIO_OPENAPI"] ?? EXCERPT, "utf8"))) as OpenApi;

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const RFC_2822 = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;
const formats = {
  "date-time": RFC_3339,
  "date-time-rfc-2822": RFC_2822,
  "phone-number": /^(?:[a-z]+:)?\+?[1-9]\d{2,14}$|^[A-Za-z0-9 ]{1,11}$/,
  // In lists Twilio's own examples begin with the path.
  uri: (text: string) => URL.canParse(text, "https://api.twilio.com") && /^(?:https?:\/)?\//.test(text),
  "uri-map": true,
  currency: /^[A-Z]{3}$/,
  int64: true,
} as const;
const about = { strict: false, allErrors: true } as const;
// A form and a query have texts only, and a list of one is one text.
const ofTexts = new Ajv2020({ ...about, coerceTypes: "array", formats });
const ofJson = new Ajv2020({ ...about, formats });

const AC = `AC${"0".repeat(32)}`;
const MG = `MG${"1".repeat(32)}`;
const HX = `HX${"2".repeat(32)}`;
const to = "+15551230987";
const sendAt = new Date(Date.now() + 86_400_000).toISOString();

interface Seen {
  readonly request: SeenRequest;
  readonly status: number;
  readonly answer: unknown;
}

/** What goes to and fro between the connector and the stand-in, over some attempts. */
async function seen(...attempts: readonly Pick<Tried, "args" | "uncertain" | "past">[]): Promise<readonly Seen[]> {
  const peer = await twilioPeer();
  const exchanged: Seen[] = [];
  await using between = await answering((response, request) => {
    const { method, target, headers, body } = request;
    const { authorization = "", "content-type": type = "" } = headers;
    const sent = { method, headers: { authorization, "content-type": type }, ...(method === "POST" ? { body } : {}) };
    void forwarded(`${peer.url}${target}`, sent).then(({ status, text }) => {
      exchanged.push({ request, status, answer: JSON.parse(text) });
      return response.writeHead(status, { "content-type": "application/json" }).end(text);
    });
  });
  const config = {
    accountSid: AC,
    authToken: new Secret("canary-token-1f4b"),
    statusCallback: "https://a.example/s?x=1",
    baseUrl: between.url,
  };
  for (const tried of attempts) await attempted(twilio, { config, action: "send", ...tried });
  await peer.close();
  return exchanged;
}

async function forwarded(url: string, sent: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(url, sent);
  return { status: answer.status, text: await answer.text() };
}

/** What Twilio says of the path and method of a request. */
function described({ method, target }: SeenRequest): { readonly operation: Operation; readonly inPath: Readonly<Record<string, string>> } {
  const { pathname } = new URL(target, "https://api.twilio.com");
  for (const [path, methods] of Object.entries(paths)) {
    const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+?)")}$`);
    const inPath = pattern.exec(pathname)?.groups;
    const operation = methods[method.toLowerCase() as "get" | "post"];
    if (inPath !== undefined && operation !== undefined) return { operation, inPath };
  }
  throw new Error(`There is no ${method} ${pathname}.`);
}

/** What is wrong with a request by that, as ajv says it. */
function faultsOf(request: SeenRequest): readonly string[] {
  const { operation, inPath } = described(request);
  const { searchParams } = new URL(request.target, "https://api.twilio.com");
  const form = operation.requestBody?.content["application/x-www-form-urlencoded"].schema;
  return [
    ...faults(ofTexts, parameters(operation, "path"), inPath),
    ...faults(ofTexts, parameters(operation, "query"), textsOf(searchParams)),
    ...(form === undefined
      ? []
      : faults(ofTexts, { ...form, additionalProperties: false }, textsOf(new URLSearchParams(request.body.toString())))),
  ];
}

function parameters({ parameters: all }: Operation, place: "path" | "query"): Schema {
  const own = all.filter((one) => one.in === place);
  const required = own.filter((one) => one.required === true).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
    required,
    additionalProperties: false,
  };
}

function textsOf(given: URLSearchParams): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    [...new Set(given.keys())].map((name) => {
      const [first = "", ...others] = given.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}

function faults(ajv: Ajv2020, schema: Schema, value: unknown): readonly string[] {
  const check = ajv.compile({ ...schema, components });
  check(value);
  return (check.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

/** What OpenAPI 3.0 says otherwise than JSON Schema does. */
function asJsonSchema(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(asJsonSchema);
  if (typeof given !== "object" || given === null) return given;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, asJsonSchema(value)]));
  return nullable === true && typeof rest["type"] === "string" ? { ...rest, type: [rest["type"], "null"] } : rest;
}

const messages: readonly (readonly [name: string, args: Row, fields: readonly string[]])[] = [
  ["a text", { to, body: "late", from: "ACME" }, ["Body", "From", "StatusCallback", "To"]],
  ["one picture", { to, from: "ACME", mediaUrl: "https://a.example/1.png" }, ["From", "MediaUrl", "StatusCallback", "To"]],
  [
    "pictures",
    { to, from: "ACME", mediaUrl: ["https://a.example/1.png", "https://a.example/2.png"] },
    ["From", "MediaUrl", "StatusCallback", "To"],
  ],
  [
    "a WhatsApp template",
    { to: `whatsapp:${to}`, messagingServiceSid: MG, contentSid: HX, contentVariables: { 1: "x" } },
    ["ContentSid", "ContentVariables", "MessagingServiceSid", "StatusCallback", "To"],
  ],
  [
    "one for later, for so long",
    { to, body: "late", from: "ACME", messagingServiceSid: MG, sendAt, validityPeriod: 60, smartEncoded: true },
    ["Body", "From", "MessagingServiceSid", "ScheduleType", "SendAt", "SmartEncoded", "StatusCallback", "To", "ValidityPeriod"],
  ],
];

describe("a message", () => {
  test.each(messages)("%s is asked for as Twilio says", async (_name, args, fields) => {
    const [exchange, ...others] = await seen({ args });
    if (exchange === undefined) throw new Error("nothing was sent");
    const { request } = exchange;
    expect(others).toEqual([]);
    expect(request.method).toBe("POST");
    expect(request.headers).toMatchObject({
      authorization: `Basic ${Buffer.from(`${AC}:canary-token-1f4b`).toString("base64")}`,
      "content-type": expect.stringMatching(/^application\/x-www-form-urlencoded/) as string,
    });
    expect([...new Set(new URLSearchParams(request.body.toString()).keys())].toSorted()).toEqual(fields);
    expect(faultsOf(request)).toEqual([]);
  });

  test.each(messages)("%s is answered by the stand-in as Twilio says", async (_name, args) => {
    const [exchange] = await seen({ args });
    expect(exchange?.status).toBe(201);
    expect(answersOf(exchange, "201")).toEqual([]);
  });
});

test("messages are listed as Twilio says, and the stand-in lists them so", async () => {
  const own: PastAttempts = { deliveryId: idOf("1"), recordedAt: Date.now(), receipts: [], doubts: 1, underWay: false, askedAgain: true };
  const past = { own: async () => own, others: async () => [] };
  const args = { to, body: "late", from: "ACME" };
  const [made, listed, ...others] = await seen({ args }, { args, uncertain: true, past });
  if (made === undefined || listed === undefined) throw new Error("nothing was made or listed");
  expect(others).toEqual([]);
  expect(listed.request.method).toBe("GET");
  expect([...new URL(listed.request.target, "https://api.twilio.com").searchParams.keys()].toSorted()).toEqual(["PageSize", "To"]);
  expect(faultsOf(listed.request)).toEqual([]);
  expect(listed.answer).toMatchObject({ messages: [{ sid: (made.answer as { readonly sid: string }).sid }] });
  expect(answersOf(listed, "200")).toEqual([]);
});

/** What is wrong with an answer; a property that Twilio does not name is. */
function answersOf(exchange: Seen | undefined, status: string): readonly string[] {
  if (exchange === undefined) throw new Error("nothing was sent");
  const { schema } = described(exchange.request).operation.responses[status]?.content["application/json"] ?? {};
  return faults(ofJson, { ...schema, unevaluatedProperties: false }, exchange.answer);
}

const request = { method: "POST", target: `/2010-04-01/Accounts/${AC}/Messages.json`, headers: {}, body: Buffer.from(`To=${to}`) };

test.each<[name: string, request: SeenRequest, fault: RegExp]>([
  ["a field that there is not", { ...request, body: Buffer.from("To=%2B15551230987&Form=ACME") }, /must NOT have additional properties/],
  ["no recipient", { ...request, body: Buffer.from("From=ACME") }, /must have required property 'To'/],
  ["a time in words", { ...request, body: Buffer.from("To=1555123&ValidityPeriod=soon") }, /ValidityPeriod must be integer/],
  ["a time without a zone", { ...request, body: Buffer.from("To=1555123&SendAt=2026-12-24T18:00:00") }, /SendAt must match format/],
  ["another kind of schedule", { ...request, body: Buffer.from("To=1555123&ScheduleType=soon") }, /ScheduleType must be equal to one of/],
  ["an account that is none", { ...request, target: "/2010-04-01/Accounts/AC1/Messages.json" }, /AccountSid must/],
  [
    "a filter that there is not",
    { ...request, method: "GET", target: `${request.target}?Recipient=1` },
    /must NOT have additional properties/,
  ],
])("and %s would be seen", (_name, wrong, fault) => {
  expect(faultsOf(wrong).join("\n")).toMatch(fault);
});

test("and so would another path or method", () => {
  expect(() => faultsOf({ ...request, target: `/2010-04-01/Accounts/${AC}/SMS/Mesages.json` })).toThrow("There is no POST");
  expect(() => faultsOf({ ...request, method: "PUT" })).toThrow("There is no PUT");
});
