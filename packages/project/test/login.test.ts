import { expect, test } from "vitest";
import { loadProject } from "@backstitch/project";
import { ENVIRONMENT, folderOf, good, linesOf, load, tables, type Files } from "./support/project.ts";

const shop = { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } };
const withLogin = (login: object, gateway: object = {}): Files => ({
  ...good,
  "backstitch.json": JSON.stringify({ sources: shop, gateway: { connectionString: { $secret: "DATABASE_URL" }, ...gateway, login } }),
});
const mail = (more: object = {}) => ({
  url: "https://app.example.com/confirm",
  service: "text",
  action: "send",
  with: { to: { $path: "user.data.email" }, body: "{{ request.link }}" },
  ...more,
});
const token = (more: object) => ({ customToken: { algorithm: "RS256", audience: ["shop"], ...more } });
const corp = { issuer: "https://id.example.com", clientId: "shop", redirectUris: ["https://app.example.com/callback"] };

const rows: readonly (readonly [string, Files, readonly string[]])[] = [
  ["all that there is", withLogin({ emailPassword: { confirm: mail(), reset: mail() }, apiKey: true, anonymous: true }), []],
  ["a mail of no service", withLogin({ emailPassword: { confirm: mail({ service: "texts" }) } }), ["CALL_SERVICE_UNKNOWN"]],
  ["a mail of no action", withLogin({ emailPassword: { confirm: mail({ action: "sent" }) } }), ["CALL_ACTION_UNKNOWN"]],
  [
    "a mail with a wrong argument",
    withLogin({ emailPassword: { confirm: mail({ with: { to: "x", bodi: "x" } }) } }),
    ["RULE_ARGUMENT_KEY_MISSING", "RULE_ARGUMENT_KEY_UNKNOWN"],
  ],
  [
    "a mail that reads what is not there",
    withLogin({ emailPassword: { confirm: mail({ with: { to: "{{ after.x }}", body: "x" } }) } }),
    ["RULE_PATH_UNKNOWN"],
  ],
  [
    "nowhere to keep users",
    { ...good, "backstitch.json": JSON.stringify({ sources: shop, gateway: { login: { anonymous: true } } }) },
    ["GATEWAY_KEY_MISSING"],
  ],
  ["no word of confirmation", withLogin({ emailPassword: {} }), ["GATEWAY_KEY_MISSING"]],
  ["a page without TLS", withLogin({ emailPassword: { confirm: mail({ url: "http://app.example.com" }) } }), ["GATEWAY"]],
  [
    "a secret in the file",
    withLogin({ customToken: { algorithm: "HS256", audience: ["x"], secrets: ["hunter2-canary".padEnd(40)] } }),
    ["SECRET_IN_PLAIN"],
  ],
  [
    "a secret that is short",
    withLogin({ customToken: { algorithm: "HS256", audience: ["x"], secrets: [{ $secret: "AUTH" }] } }),
    ["GATEWAY_VALUE_INVALID"],
  ],
  [
    "a client's secret in the file",
    withLogin({ oidc: { corp: { ...corp, clientSecret: "hunter2-canary" } } }, { publicUrl: "https://a.b" }),
    ["SECRET_IN_PLAIN"],
  ],
  ["keys of no kind", withLogin(token({})), ["LOGIN_KEYS_MISMATCHED"]],
  [
    "a secret where everybody has the key",
    withLogin(token({ jwksUri: "https://a.b", secrets: [{ $secret: "LONG" }] })),
    ["LOGIN_KEYS_MISMATCHED"],
  ],
  ["a public key as a secret", withLogin(token({ algorithm: "HS256", jwksUri: "https://a.b" })), ["LOGIN_KEYS_MISMATCHED"]],
  ["no audience", withLogin({ customToken: { algorithm: "RS256", jwksUri: "https://a.b" } }), ["GATEWAY_KEY_MISSING"]],
  ["no algorithm", withLogin(token({ algorithm: "none", jwksUri: "https://a.b" })), ["GATEWAY_VALUE"]],
  ["nowhere to come back to", withLogin({ oidc: { corp } }), ["LOGIN_URL_MISSING"]],
  [
    "a name that is taken",
    withLogin({ oidc: { apiKey: corp, "a/b": corp } }, { publicUrl: "https://a.b" }),
    ["LOGIN_NAME_INVALID", "LOGIN_NAME_INVALID"],
  ],
  [
    "a page that is a script",
    withLogin({ oidc: { corp: { ...corp, redirectUris: ["javascript:alert(1)"] } } }, { publicUrl: "https://a.b" }),
    ["GATEWAY"],
  ],
  [
    "an app on a device",
    withLogin({ oidc: { corp: { ...corp, redirectUris: ["com.example.shop:/callback"] } } }, { publicUrl: "https://a.b" }),
    [],
  ],
  ["pages of everybody", withLogin({ anonymous: true }, { origins: ["*"] }), ["GATEWAY"]],
  [
    "a collection where people log in",
    { ...withLogin({ anonymous: true }), "collections/auth.json": JSON.stringify({ roles: [] }) },
    ["COLLECTION_NAME_TAKEN"],
  ],
];

test.each(rows)("%s", async (_, files, codes) => {
  const environment = { ...ENVIRONMENT, AUTH: "hunter2-canary", LONG: "hunter2-canary".padEnd(40, "x") };
  const lines = linesOf(await load(files, environment));
  expect(lines.length, lines.join("\n")).toBe(codes.length);
  codes.forEach((code, index) => expect(lines[index]?.split(" ")[1]).toContain(code));
  expect(lines.join("\n")).not.toContain("hunter2-canary");
});

test("a mail of no service says which services there are", async () => {
  const files = withLogin({ emailPassword: { confirm: mail({ service: "texts" }) } });
  expect(linesOf(await load(files))[0]).toMatch(
    /CALL_SERVICE_UNKNOWN "service" is "texts"; the services are .*\n {2}Did you mean "text"\?$/,
  );
});

test("what is not set is no problem where nobody runs it", async () => {
  const oidc = { corp: { ...corp, clientSecret: { $secret: "NOT_SET" } } };
  const keys = { algorithm: "RS256", audience: ["shop"], jwksUri: { $env: "NOT_SET" } };
  const files = withLogin({ oidc, customToken: keys }, { publicUrl: { $env: "NOT_SET" } });
  const left = await loadProject(folderOf(files), tables, ENVIRONMENT, { unset: "leave-out" });
  expect(linesOf(left)).toEqual([]);
  expect(linesOf(await load(files)).map((line) => line.split(" ")[1])).toEqual(["ENV_MISSING", "SECRET_MISSING", "ENV_MISSING"]);
});
