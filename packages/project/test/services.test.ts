import { ENVIRONMENT, good, serviceWith } from "./support/project.ts";
import { checkRows, type Row } from "./support/rows.ts";

const SET_IT = "Set it in the environment or in .env.";

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
    "an address with a password in it",
    serviceWith({ accountSid: "https://ada:hunter2@example.com/a@b" }),
    ['services/text.json:4:17 SERVICE_VALUE_INVALID "accountSid" is "https://…@b"; it must be text of the form ^AC.'],
  ],
  [
    "a secret that breaks the file",
    { ...good, "services/text.json": '{"connector": "sms", "config": {"authToken": hunter2, "a": "hunter2}}' },
    [
      "services/text.json:1:46 JSON_SYNTAX This is not JSON.",
      'services/text.json:1:53 JSON_SYNTAX A value is expected here, not ",".',
      "services/text.json:1:60 JSON_SYNTAX This text is not closed by a quote.",
      "services/text.json:1:70 JSON_SYNTAX A closing brace is missing here.",
    ],
  ],
  [
    "a secret where its name belongs",
    serviceWith({ authToken: { $secret: "f00dhunter2" } }),
    [
      `services/text.json:5:16 SECRET_MISSING "authToken" names a secret that is not set; the name is not shown, since it may be the secret itself.\n  ${SET_IT} Names are shown when they have capital letters alone.`,
    ],
  ],
  [
    "a deadline without a unit",
    serviceWith({}, { deadline: "30" }),
    [
      'services/text.json:9:14 DURATION_INVALID "deadline" is "30", which is no duration.\n  Write a time such as "500ms", "30s", "5m", "24h" or "7d".',
    ],
  ],
  [
    "a time whose unit is in capital letters",
    serviceWith({}, { retry: { for: "24H" } }),
    ['services/text.json:10:10 DURATION_INVALID "for" is "24H", which is no duration.\n  Did you mean "24h"?'],
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
    "retries for a year and a day",
    serviceWith({}, { retry: { for: "366d" } }),
    ['services/text.json:10:10 DURATION_INVALID "for" is "366d"; it must be from 1ms to 365d.'],
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
  ["guards that permit", serviceWith({}, { guards: [{ name: "all", actions: ["send"], when: { "args.to": "x" } }] }), []],
  [
    "a guard for an unknown action",
    serviceWith({}, { guards: [{ name: "all", actions: ["sned"] }] }),
    ['services/text.json:13:5 GUARD_ACTION_UNKNOWN There is no action "sned"; the actions are "send".\n  Did you mean "send"?'],
  ],
  [
    "guards that are no list",
    serviceWith({}, { guards: {} }),
    ['services/text.json:9:12 SERVICE_TYPE "guards" is an object; it must be a list.'],
  ],
  [
    "an action that the connector has not",
    { ...good, "rules/late.json": good["rules/late.json"].replace("send", "sned") },
    ['rules/late.json:3:43 RULE_ACTION_UNKNOWN Rule "late" asks "text" for "sned"; the actions are "send".\n  Did you mean "send"?'],
  ],
  [
    "an unknown connector, and a rule that uses the service",
    { ...good, "services/text.json": '{"connector": "x"}' },
    [
      'services/text.json:1:15 CONNECTOR_UNKNOWN There is no connector "x".\n  The connectors are "sms", "broken", "unloadable"; name the module of another under "connectors" in backstitch.json.',
    ],
  ],
];

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
  [
    "digits from the environment where a text may be",
    serviceWith({ senders: [{ $env: "SENDER" }], reference: { $env: "SENDER" } }),
    [],
    { ...ENVIRONMENT, SENDER: "007" },
  ],
  [
    "a broken number from the environment that may be a text",
    serviceWith({ port: { $env: "PORT" } }),
    ['services/text.json:8:11 SERVICE_TYPE "port" is "8e"; it must be a whole number.'],
    { ...ENVIRONMENT, PORT: "8e" },
  ],
];

checkRows("services", services);
checkRows("secrets and variables", secrets);
