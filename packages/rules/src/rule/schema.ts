import type { JsonSchema } from "@backstitch/core/connector";

/** A name of digits alone could be an index in the key of another entry's delivery. */
const name = "^(?![0-9]+$)[A-Za-z0-9_.-]{1,64}$";
const duration: JsonSchema = { type: "string", pattern: "^[0-9]{1,6}(ms|s|m|h|d)$", examples: ["500ms", "10s", "5m", "24h"] };

const retry: JsonSchema = {
  type: "object",
  description: "When and how often an attempt that provably failed is made again. What is left out is as everywhere else.",
  additionalProperties: false,
  properties: {
    attempts: {
      type: "integer",
      minimum: 1,
      maximum: 100,
      description: 'Attempts in all, the first included. With "for" alone: as many as there is time for.',
      default: 24,
    },
    firstDelay: { ...duration, description: "The longest wait before the second attempt; it doubles from there.", default: "1s" },
    longestDelay: { ...duration, description: "No wait is longer than this.", default: "1h" },
    for: { ...duration, description: "For how long after its first attempt it is tried again. Absent: as long as it has attempts." },
  },
};

const ifUncertain: JsonSchema = {
  type: "string",
  enum: ["retry", "hold"],
  description: "What becomes of an attempt that may have happened, where that cannot be found out: try again, or hold it for a person.",
  default: "retry",
};

const expires: JsonSchema = {
  ...duration,
  description: "How long after the change was committed it may be delivered; then it expires. Absent: for ever.",
  examples: ["15m", "24h"],
};

const rate: JsonSchema = {
  type: "string",
  pattern: "^[0-9]{1,9} per [0-9]{1,6}(ms|s|m|h|d)$",
  examples: ["1 per 1h", "500 per 1d"],
};
const timeOfDay: JsonSchema = { type: "string", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$", examples: ["22:00"] };

/** What stands in it is checked by the compiler itself. */
const order: JsonSchema = {
  description:
    'What goes in order: "lane", the deliveries of a row; "none", nothing; {"by": "after.customer"}, those that share what the path reads. Never change it while deliveries are under way.',
  default: "lane",
};

const limits: JsonSchema = {
  type: "object",
  description:
    'The most that is let through, of all entries that have no limits of their own together. An empty one of an entry: it has none but the usual "hops".',
  additionalProperties: false,
  properties: {
    perRecipient: { ...rate, description: "To each recipient, in any stretch of time so long." },
    total: { ...rate, description: "In all, in any stretch of time so long." },
    quietHours: {
      type: "object",
      description: "When nothing is delivered.",
      additionalProperties: false,
      required: ["from", "to"],
      properties: {
        from: timeOfDay,
        to: timeOfDay,
        timeZone: { type: "string", description: "Its name: Europe/Zurich.", default: "UTC" },
      },
    },
    hops: {
      type: "integer",
      minimum: 0,
      maximum: 999,
      description: "Through how many deliveries a change may have come to be: what came through more is dropped with a record, or held.",
      default: 8,
    },
    exceeded: {
      type: "string",
      enum: ["delay", "drop", "hold"],
      description:
        'What becomes of more, and of what comes in quiet hours: it waits, is dropped with a record, or is held for a person. What is beyond "hops" does not wait, but is dropped.',
      default: "delay",
    },
  },
};

/** What stands in each is checked by the compiler itself. */
const links: JsonSchema = {
  type: "object",
  description:
    'Links that other services make, by name: "with" reads one as {{ links.invoice }} or {"$path": "links.invoice"}. Each attempt makes it anew, as its service\'s guards permit.',
  additionalProperties: {
    type: "object",
    additionalProperties: false,
    required: ["service"],
    properties: {
      service: { type: "string", description: "The service that makes it: a file in services/, without .json." },
      with: {
        type: "object",
        description: 'What it is made of, written as arguments are: {"key": "invoices/{{ key.id }}.pdf", "expiresIn": "7d"}.',
      },
    },
  },
  minProperties: 1,
};

const then: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["service", "action"],
  properties: {
    name: {
      type: "string",
      pattern: name,
      description: "Tells this entry from the others of the rule. Never change it while deliveries are under way.",
      default: "service.action",
    },
    service: { type: "string", description: "The name of a file in services/, without .json." },
    action: { type: "string", description: "An action of that service." },
    with: {
      type: "object",
      description:
        'The arguments. Every text is a Liquid template; {"$path": "after.x"} keeps its type, {"$template": "x.liquid"} is a file in templates/, {"$literal": …} is taken as it is.',
    },
    links,
    when: {
      description: "The entry's own condition, asked once the rule matches: where it is not true, there is no delivery. Absent: always.",
    },
    each: {
      type: "string",
      description:
        'A path to a list: one delivery for each of its elements, which "with" and "when" read as item and index. Never add or remove it while deliveries are under way.',
      examples: ["after.items"],
    },
    retry,
    ifUncertain,
    expires,
    order,
    limits,
  },
};

const names: JsonSchema = { type: "array", items: { type: "string" }, minItems: 1 };

/** JSON Schema (2020-12) of a rule file, for editors and for the compiler. What stands in `when` and `with` is checked by the compiler itself. */
export const ruleSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Backstitch rule",
  description: "When this happens in a collection, and this is true, then call these actions.",
  type: "object",
  additionalProperties: false,
  required: ["on", "then"],
  properties: {
    $schema: { type: "string", description: "Where this schema is, for editors." },
    description: { type: "string", description: "What the rule is for." },
    enabled: { type: "boolean", description: "A rule that is switched off is checked, but matches nothing.", default: true },
    on: {
      type: "object",
      description: "Which changes the rule looks at.",
      additionalProperties: false,
      required: ["source", "collection"],
      properties: {
        source: { type: "string", description: "The name of a source in backstitch.json." },
        collection: {
          anyOf: [{ type: "string" }, names],
          description: 'A collection or several. A table is a collection: "inventory" in schema public, else "schema.table".',
        },
        operations: {
          type: "array",
          items: { type: "string", enum: ["insert", "update", "replace", "delete"] },
          minItems: 1,
          default: ["insert", "update", "replace"],
        },
        origins: {
          type: "array",
          items: { type: "string", enum: ["log", "snapshot"] },
          minItems: 1,
          description: "Changes as they are committed, rows that were there before, or both.",
          default: ["log"],
        },
      },
    },
    when: {
      description:
        'The condition: an expression such as {"after.quantity": {"$lt": 5}}, or a condition of json-rules-engine. Absent: always.',
    },
    then: { type: "array", items: then, minItems: 1, description: "The actions that must happen." },
    retry,
    ifUncertain,
    expires,
    order,
    limits,
  },
};
