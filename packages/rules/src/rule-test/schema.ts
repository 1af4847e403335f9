import type { JsonSchema } from "@backstitch/core/connector";

const text: JsonSchema = { type: "string", minLength: 1 };
const names: JsonSchema = { type: "array", items: text };
const rowOrNull: JsonSchema = { anyOf: [{ type: "object" }, { type: "null" }] };
const eventId: JsonSchema = {
  ...text,
  description: 'The event that it belongs to. Events are called "1", "2", … unless they have an "id".',
};
const thenName: JsonSchema = { ...text, description: 'The name of the "then" entry.' };

/** An event that is written by hand, as much of it as matters. */
export const eventSchema: JsonSchema = {
  type: "object",
  description: 'A change event; what is left out is filled in from the rule\'s "on", and from what is given.',
  additionalProperties: false,
  properties: {
    id: { ...text, description: "What the event is called.", default: "1" },
    source: { ...text, description: "Default: the rule's." },
    origin: { type: "string", enum: ["log", "snapshot"], description: "Default: the rule's first." },
    operation: {
      type: "string",
      enum: ["insert", "update", "replace", "delete"],
      description: 'Default: what "before" and "after" say, else the rule\'s first.',
    },
    database: { ...text, description: "Default: the source's name." },
    collection: { ...text, description: "Default: the rule's first." },
    key: { ...rowOrNull, description: 'The primary key. Default: {"id": …} as in the row, else {"id": 1}.' },
    previousKey: { type: "object", description: "The key before, where the update changed it." },
    after: { ...rowOrNull, description: "The row as it is now. Default: {}, and null of a delete." },
    before: { ...rowOrNull, description: "The row as it was. Default: null of an insert, else not sent." },
    was: { type: "object", description: 'In place of "before": the row was as it is now, but for these fields.' },
    unsent: { ...names, description: 'Fields of "after" that the source did not send.', default: [] },
    changed: { ...names, description: 'Names of the fields that changed. Default: what "before" and "after" say, where both are there.' },
    committedAt: {
      type: "string",
      pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$",
      description: "When: RFC 3339 in UTC.",
      default: "2026-01-01T00:00:00.000000Z",
    },
  },
};

const delivery: JsonSchema = {
  type: "object",
  description: "What is left out may be anything.",
  additionalProperties: false,
  minProperties: 1,
  properties: {
    then: thenName,
    service: text,
    action: text,
    eventId,
    expires: {
      type: "string",
      pattern: "^\\d{1,6}(ms|s|m|h|d)$",
      description: 'How long after its event it may still be made: what "expires" of the rule or entry says.',
    },
    args: { type: "object", description: "The arguments as they are rendered; a link stands in them as {{ links.invoice }}." },
    links: { type: "object", description: 'What the links in them are, by name: {"service": …, "with": …}.' },
  },
};

const failure: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["code"],
  properties: {
    code: { ...text, description: "CONDITION_FAILED, TEMPLATE_FAILED, ARGUMENT_MISSING, …" },
    then: thenName,
    eventId,
  },
};

const test: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { ...text, description: "What is tested, in words. No two tests of a file are called alike." },
    event: eventSchema,
    events: { type: "array", items: eventSchema, minItems: 1, description: 'Several events, in place of "event".' },
    deliveries: {
      type: "array",
      items: delivery,
      description: "These deliveries and no others, in any order; their arguments are these exactly.",
    },
    deliveriesContain: {
      type: "array",
      items: delivery,
      minItems: 1,
      description: "These are among the deliveries; objects in their arguments may have more keys.",
    },
    none: { ...text, description: "Nothing happens, because …" },
    undecided: { ...names, minItems: 1, description: "The rule ends undecided, since these paths were not sent." },
    failures: { type: "array", items: failure, minItems: 1, description: "These fail, and nothing else does." },
  },
};

/** JSON Schema (2020-12) of a file of tests, for editors and for whoever reads it. */
export const ruleTestSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Backstitch rule tests",
  description: "What one rule does with these events.",
  type: "object",
  additionalProperties: false,
  required: ["tests"],
  properties: {
    $schema: { type: "string", description: "Where this schema is, for editors." },
    tests: { type: "array", items: test, minItems: 1, description: "Each stands alone." },
  },
};

/** A test says one of these, or several that do not exclude each other. */
export const EXPECTATIONS = ["deliveries", "deliveriesContain", "none", "undecided", "failures"] as const;
