import { describe, expect, it } from "vitest";
import { ENVIRONMENT, good, linesOf, load, serviceWith, type Files } from "./support/project.ts";

type Row = readonly [name: string, files: Files, lines: readonly string[], environment?: Readonly<Record<string, string>>];

const shop = { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } };
const manifest = (more: object): Files => ({ ...good, "backstitch.json": JSON.stringify({ sources: shop, ...more }, undefined, 1) });
const sources = (sources: object): Files => ({ ...good, "backstitch.json": JSON.stringify({ sources }, undefined, 1) });

const services: readonly Row[] = [
  [
    "a key that is not known",
    serviceWith({ authTokn: 1 }),
    ['services/text.json:8:3 SERVICE_KEY_UNKNOWN There is no key "authTokn".\n  Did you mean "authToken"?'],
  ],
  [
    "a file's key that is not known",
    serviceWith({}, { conector: "x" }),
    ['services/text.json:9:2 SERVICE_KEY_UNKNOWN There is no key "conector".\n  Did you mean "connector"?'],
  ],
  [
    "a number that is no number",
    serviceWith({ port: "many" }),
    ['services/text.json:8:11 SERVICE_TYPE "port" is "many"; it must be a whole number.'],
  ],
  [
    "a number out of range",
    serviceWith({ port: 70_000 }),
    ['services/text.json:8:11 SERVICE_VALUE_INVALID "port" is 70000; it must be from 1 to 65535.'],
  ],
  [
    "a text of another form",
    serviceWith({ accountSid: "x" }),
    ['services/text.json:4:17 SERVICE_VALUE_INVALID "accountSid" is "x"; it must be text of the form ^AC.'],
  ],
  [
    "limits",
    serviceWith({}, { limits: {} }),
    ['services/text.json:9:2 SERVICE_KEY_NOT_YET "limits" is not implemented yet.\n  Remove it: it would limit nothing.'],
  ],
  [
    "a deadline without a unit",
    serviceWith({}, { deadline: "30" }),
    ['services/text.json:9:14 DURATION_INVALID "deadline" is "30"; it must be a time with its unit, such as "500ms", "30s", "5m" or "1h".'],
  ],
  [
    "a deadline that is too long",
    serviceWith({}, { deadline: "2h" }),
    ['services/text.json:9:14 DURATION_INVALID "deadline" is "2h"; it must be from 100ms to 15m.'],
  ],
  [
    "too many attempts",
    serviceWith({}, { retry: { attempts: 500 } }),
    ['services/text.json:10:15 SERVICE_VALUE_INVALID "attempts" is 500; it must be from 1 to 100.'],
  ],
  [
    "delays that cross",
    serviceWith({}, { retry: { firstDelay: "2h", longestDelay: "90s" } }),
    ['services/text.json:10:17 RETRY_DELAYS_CROSSED "firstDelay" is 2h, which is longer than "longestDelay", 90s.'],
  ],
  ["no connector", { ...good, "services/text.json": "{}" }, ['services/text.json:1:1 SERVICE_KEY_MISSING "connector" is missing.']],
  [
    "an unknown connector",
    { ...good, "services/text.json": '{"connector": "smss"}' },
    ['services/text.json:1:15 CONNECTOR_UNKNOWN There is no connector "smss".\n  Did you mean "sms"?'],
  ],
  [
    "no configuration",
    { ...good, "services/text.json": '{"connector": "sms"}' },
    [
      'services/text.json:1:1 SERVICE_KEY_MISSING "accountSid" is missing.',
      'services/text.json:1:1 SERVICE_KEY_MISSING "authToken" is missing.',
    ],
  ],
  [
    "a configuration that is a list",
    { ...good, "services/text.json": '{"connector": "sms", "config": []}' },
    ['services/text.json:1:32 SERVICE_TYPE "config" is a list; it must be an object.'],
  ],
  [
    "a connector that does not load",
    { ...good, "services/text.json": '{"connector": "unloadable"}' },
    [
      'services/text.json:1:15 CONNECTOR_NOT_LOADED The connector "unloadable" failed while it was loaded (Error).\n  Import it in a script of its own to see why.',
    ],
  ],
  [
    "a connector with a wrong schema",
    { ...good, "services/text.json": '{"connector": "broken"}' },
    [
      'services/text.json:1:15 CONNECTOR_INVALID The connector "broken" has a schema that is not valid: strict mode: unknown keyword: "typ".\n  This is a mistake in the connector: tell whoever made it.',
    ],
  ],
  [
    "a connector by a name that objects are born with",
    { ...good, "services/text.json": '{"connector": "constructor"}' },
    [
      'services/text.json:1:15 CONNECTOR_UNKNOWN There is no connector "constructor".\n  The connectors are "sms", "broken", "unloadable"; name the module of another under "connectors" in backstitch.json.',
    ],
  ],
];

const SET_IT = "Set it in the environment or in .env.";

const secrets: readonly Row[] = [
  [
    "a secret that is not set",
    good,
    [`services/text.json:5:18 SECRET_MISSING "authToken" names the secret "SMS_TOKEN", which is not set.\n  ${SET_IT}`],
    { DATABASE_URL: "x" },
  ],
  [
    "a secret that is empty",
    good,
    [`services/text.json:5:18 SECRET_MISSING "authToken" names the secret "SMS_TOKEN", which is not set.\n  ${SET_IT}`],
    { DATABASE_URL: "x", SMS_TOKEN: "" },
  ],
  [
    "a variable that is not set",
    serviceWith({ accountSid: { $env: "SID" } }),
    [`services/text.json:4:17 ENV_MISSING "accountSid" names the variable "SID", which is not set.\n  ${SET_IT}`],
  ],
  ["a secret in .env", { ...good, ".env": "SMS_TOKEN=from-file" }, [], { DATABASE_URL: "x" }],
  ["an empty variable over .env", { ...good, ".env": "SMS_TOKEN=from-file" }, [], { DATABASE_URL: "x", SMS_TOKEN: "" }],
  [
    "a secret in the file",
    serviceWith({ authToken: "hunter2-canary" }),
    [
      'services/text.json:5:16 SECRET_IN_PLAIN "authToken" is written in the file; put it in the environment and write {"$secret": "AUTH_TOKEN"}.',
    ],
  ],
  [
    "a secret that is a number in the file",
    serviceWith({ authToken: 1234 }),
    [
      'services/text.json:5:16 SECRET_IN_PLAIN "authToken" is written in the file; put it in the environment and write {"$secret": "AUTH_TOKEN"}.',
    ],
  ],
  [
    "a secret by a misspelt key",
    serviceWith({ authToken: { secret: "SMS_TOKEN" } }),
    ['services/text.json:5:16 SECRET_IN_PLAIN "authToken" is a secret, and is not given by "$secret".\n  Write {"$secret": "AUTH_TOKEN"}.'],
  ],
  [
    "a secret by $env",
    serviceWith({ authToken: { $env: "SMS_TOKEN" } }),
    ['services/text.json:5:16 SECRET_BY_ENV "authToken" is a secret; "$env" would let it be shown.\n  Write {"$secret": "SMS_TOKEN"}.'],
  ],
  [
    "a secret where none is taken",
    serviceWith({ accountSid: { $secret: "SMS_TOKEN" } }),
    [
      'services/text.json:4:17 SECRET_NOT_TAKEN "accountSid" does not take a secret: what it is given may be shown.\n  Secrets here are "authToken", "headers.*"; elsewhere write {"$env": "SMS_TOKEN"}.',
    ],
  ],
  ["a secret where one may be", serviceWith({ headers: { a: { $secret: "SMS_TOKEN" }, b: "plain" } }), []],
  [
    "a secret that is too short",
    good,
    ['services/text.json:5:18 SERVICE_VALUE_INVALID "authToken" has 3 characters; it must have at least 4.'],
    { DATABASE_URL: "x", SMS_TOKEN: "abc" },
  ],
  [
    "a reference with more in it",
    serviceWith({ accountSid: { $env: "A", default: "b" } }),
    [
      'services/text.json:4:17 REFERENCE_MALFORMED "$env" stands alone in its object; there are other keys beside it.\n  Write {"$env": "NAME"}, where NAME is a variable of the environment: letters, digits and underscores.',
    ],
  ],
  [
    "a reference to no name",
    serviceWith({ authToken: { $secret: "hunter2-canary!" } }),
    [
      'services/text.json:5:16 REFERENCE_MALFORMED What "$secret" is given is not the name of a variable.\n  Write {"$secret": "NAME"}, where NAME is a variable of the environment: letters, digits and underscores.',
    ],
  ],
  [
    "a misspelt reference",
    serviceWith({ accountSid: { $evn: "A" } }),
    ['services/text.json:4:17 REFERENCE_UNKNOWN There is no "$evn".\n  Did you mean "$env"?'],
  ],
  [
    "a number and a boolean from the environment",
    serviceWith({ port: { $env: "PORT" }, tls: { $env: "TLS" } }),
    [],
    { ...ENVIRONMENT, PORT: "8080", TLS: "true" },
  ],
  [
    "a number from the environment that is none",
    serviceWith({ port: { $env: "PORT" } }),
    ['services/text.json:8:11 SERVICE_TYPE "port" is "80 80"; it must be a whole number.'],
    { ...ENVIRONMENT, PORT: "80 80" },
  ],
  [
    "names of Object.prototype",
    serviceWith({ accountSid: { $env: "constructor" } }),
    [`services/text.json:4:17 ENV_MISSING "accountSid" names the variable "constructor", which is not set.\n  ${SET_IT}`],
  ],
];

const inManifest: readonly Row[] = [
  [
    "an unknown key",
    manifest({ journl: {} }),
    ['backstitch.json:10:2 PROJECT_KEY_UNKNOWN There is no key "journl".\n  Did you mean "journal"?'],
  ],
  [
    "an unknown type of source",
    sources({ shop: { type: "postgress" } }),
    ['backstitch.json:4:12 SOURCE_TYPE_UNKNOWN Source "shop" has the type "postgress", which is not known.\n  Did you mean "postgres"?'],
  ],
  [
    "no type of source",
    sources({ shop: {} }),
    ['backstitch.json:3:11 SOURCE_TYPE_MISSING Source "shop" has no "type".\n  The types are "postgres".'],
  ],
  [
    "a source's key that is not known",
    sources({ shop: { ...shop.shop, slott: "x" } }),
    ['backstitch.json:8:4 SOURCE_KEY_UNKNOWN There is no key "slott".\n  Did you mean "slot"?'],
  ],
  [
    "a connection string in the file",
    sources({ shop: { type: "postgres", connectionString: "postgres://hunter2-canary" } }),
    [
      'backstitch.json:5:24 SECRET_IN_PLAIN "connectionString" is written in the file; put it in the environment and write {"$secret": "CONNECTION_STRING"}.',
    ],
  ],
  [
    "a size that is none",
    manifest({ journal: { maxBytes: "10 potatoes" } }),
    [
      'backstitch.json:11:15 JOURNAL_VALUE_INVALID "maxBytes" is "10 potatoes"; it must be at least 1MB, such as "500MB", "10GB" or "1GiB".',
    ],
  ],
  [
    "a size that is too small",
    manifest({ journal: { maxBytes: 5 } }),
    ['backstitch.json:11:15 JOURNAL_VALUE_INVALID "maxBytes" is 5; it must be at least 1000000.'],
  ],
  [
    "a journal of another kind",
    manifest({ journal: { type: "sqlit" } }),
    ['backstitch.json:11:11 JOURNAL_VALUE_UNKNOWN "type" is "sqlit"; it must be "sqlite" or "memory".\n  Did you mean "sqlite"?'],
  ],
  [
    "a connector by a taken name",
    manifest({ connectors: { sms: "x" } }),
    [
      'backstitch.json:11:3 CONNECTOR_NAME_TAKEN "sms" is the name of a connector that Backstitch has.\n  Give it another name, here and in the service files.',
    ],
  ],
  [
    "a connector that is not installed",
    manifest({ connectors: { slack: "@acme/backstitch-slack" } }),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_FOUND The module "@acme/backstitch-slack" is not found from the project\'s folder.\n  Install it there: npm install @acme/backstitch-slack',
    ],
  ],
  [
    "defaults out of range",
    manifest({ defaults: { concurrency: 0 } }),
    ['backstitch.json:11:18 PROJECT_VALUE_INVALID "concurrency" is 0; it must be from 1 to 1000.'],
  ],
  [
    "a type that objects are born with",
    sources({ shop: { type: "toString" } }),
    ['backstitch.json:4:12 SOURCE_TYPE_UNKNOWN Source "shop" has the type "toString", which is not known.\n  The types are "postgres".'],
  ],
  [
    "a source's name",
    sources({ "a b": shop.shop }),
    [
      'backstitch.json:3:3 SOURCE_NAME_INVALID "a b" is not a name for a source: a name has letters (A to Z), digits, dots, dashes and underscores.',
    ],
  ],
  [
    "a journal by the environment",
    manifest({ journal: { path: { $env: "JOURNAL" }, maxBytes: { $env: "MOST" } } }),
    [],
    { ...ENVIRONMENT, JOURNAL: "/j.db", MOST: "5000000" },
  ],
  ["no sources", sources({}), ['backstitch.json:2:13 PROJECT_VALUE_INVALID "sources" has no keys; it must have at least 1.']],
];

function check(name: string, rows: readonly Row[]): void {
  describe(`problems of ${name}`, () => {
    const named = rows.map(([name, files, lines, environment = ENVIRONMENT]) => ({ name, files, lines, environment }));
    it.each(named)("$name", async ({ files, lines, environment }) => {
      const loaded = await load(files, environment);
      expect(linesOf(loaded)).toEqual(lines);
      expect(loaded.project === undefined).toBe(lines.length > 0);
      expect(linesOf(loaded).join("\n")).not.toContain("hunter2-canary");
    });
  });
}

check("services", services);
check("secrets and variables", secrets);
check("backstitch.json", inManifest);
