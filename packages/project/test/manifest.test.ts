import { ENVIRONMENT, good, type Files } from "./support/project.ts";
import { checkRows, type Row } from "./support/rows.ts";

const shop = { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } };
const manifest = (more: object): Files => ({ ...good, "backstitch.json": JSON.stringify({ sources: shop, ...more }, undefined, 1) });
const sources = (sources: object): Files => ({ ...good, "backstitch.json": JSON.stringify({ sources }, undefined, 1) });

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
    [
      'backstitch.json:11:11 JOURNAL_VALUE_UNKNOWN "type" is "sqlit"; it must be "sqlite", "postgres" or "memory".\n  Did you mean "sqlite"?',
    ],
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
    manifest({ connectors: { slack: "@acme/backstitch-pager" } }),
    [
      'backstitch.json:11:12 CONNECTOR_NOT_FOUND The module "@acme/backstitch-pager" is not found from the project\'s folder.\n  Install it there: npm install @acme/backstitch-pager',
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
      'rules/late.json:2:21 RULE_SOURCE_UNKNOWN Rule "late" reads from "shop"; the sources are "a b".',
    ],
  ],
  [
    "which events the journal keeps",
    manifest({ journal: { events: "some" } }),
    [
      'backstitch.json:11:13 JOURNAL_VALUE_UNKNOWN "events" is "some"; it must be "matched", "all" or "none".\n  It may be "matched", "all", "none".',
    ],
  ],
  [
    "a journal by the environment",
    manifest({ journal: { path: { $env: "JOURNAL" }, maxBytes: { $env: "MOST" } } }),
    [],
    { ...ENVIRONMENT, JOURNAL: "/j.db", MOST: "5000000" },
  ],
  [
    "a journal on PostgreSQL",
    manifest({ journal: { type: "postgres", connectionString: { $secret: "JOURNAL_URL" }, schema: "record" } }),
    [],
    { ...ENVIRONMENT, JOURNAL_URL: "postgres://a:b@c/d" },
  ],
  [
    "a journal on PostgreSQL without a place",
    manifest({ journal: { type: "postgres", path: "x.db" } }),
    [
      'backstitch.json:10:13 JOURNAL_KEY_MISSING A journal of the type "postgres" needs a "connectionString".\n  Write "connectionString": {"$secret": "JOURNAL_URL"}, and set that variable to postgres://user:password@host/database.',
      'backstitch.json:12:3 JOURNAL_KEY_UNKNOWN "path" belongs to a journal of the type "sqlite"; this one\'s type is "postgres".',
    ],
  ],
  [
    "a journal in a file with the place of another",
    manifest({ journal: { schema: "record" } }),
    ['backstitch.json:11:3 JOURNAL_KEY_UNKNOWN "schema" belongs to a journal of the type "postgres"; this one\'s type is "sqlite".'],
  ],
  [
    "a journal's connection string in the file",
    manifest({ journal: { type: "postgres", connectionString: "postgres://hunter2-canary" } }),
    [
      'backstitch.json:12:23 SECRET_IN_PLAIN "connectionString" is written in the file; put it in the environment and write {"$secret": "CONNECTION_STRING"}.',
    ],
  ],
  ["no sources", sources({}), ['backstitch.json:2:13 PROJECT_VALUE_INVALID "sources" has no keys; it must have at least 1.']],
];

checkRows("backstitch.json", inManifest);
