import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Secret, type AnyConnector } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { s3 } from "@backstitch/connectors/s3";
import { ses } from "@backstitch/connectors/ses";
import { eventbridgePeer, s3Peer, sesPeer } from "@backstitch/sandbox";
import { attempted } from "./support/attempted.ts";
import { accessKeyId, secretAccessKey } from "./support/aws.ts";

const credentials = { accessKeyId, secretAccessKey };

/** A role whose keys come from a host that takes no connection. */
const ROLE = {
  AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/backstitch",
  AWS_WEB_IDENTITY_TOKEN_FILE: import.meta.filename,
  AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9",
};

const vendors = [
  {
    connector: ses as AnyConnector,
    peer: () => sesPeer({ credentials }),
    config: { from: "a@shop.example" },
    action: "send",
    args: { to: "b@shop.example", subject: "s", text: "t" } as Row,
  },
  {
    connector: s3 as AnyConnector,
    peer: () => s3Peer({ credentials }),
    config: { bucket: "archive" },
    action: "put",
    args: { key: "a b/ü+~!'()*.txt", body: "b" } as Row,
  },
  {
    connector: eventbridge as AnyConnector,
    peer: () => eventbridgePeer({ credentials }),
    config: { source: "shop" },
    action: "put",
    args: { detailType: "t", detail: {} } as Row,
  },
];

/** Where the SDK's default chain looks; nothing of this machine's may be found. */
beforeEach(() => {
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

const keys = { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };

describe.each(vendors)("$connector.type", ({ connector, peer, config, action, args }) => {
  const rows: readonly (readonly [name: string, keys: object, environment: Record<string, string>, result: object, taken: number])[] = [
    ["keys in the configuration", keys, {}, { kind: "accepted" }, 1],
    ["keys in the environment", {}, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }, { kind: "accepted" }, 1],
    ["no keys at all", {}, {}, { kind: "locked-out", code: "AWS_CREDENTIALS_MISSING" }, 0],
    ["a role that cannot be asked for keys just now", {}, ROLE, { kind: "unavailable", code: "AWS_CREDENTIALS_UNAVAILABLE" }, 0],
    ["half a pair", { accessKeyId }, {}, { kind: "locked-out", code: "AWS_CREDENTIALS_INCOMPLETE" }, 0],
    ["the other half", { secretAccessKey: new Secret(secretAccessKey) }, {}, { kind: "locked-out", code: "AWS_CREDENTIALS_INCOMPLETE" }, 0],
    ["a wrong secret", { ...keys, secretAccessKey: new Secret("canary-wrong-secret") }, {}, { kind: "locked-out" }, 0],
    ["an unknown key", { ...keys, accessKeyId: "AKIAUNKNOWN" }, {}, { kind: "locked-out" }, 0],
  ];

  test.each(rows.map((row) => ({ name: row[0], row })))("$name", async ({ row: [, given, environment, result, taken] }) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const far = await peer();
    try {
      const outcome = await attempted(connector, {
        config: { region: "eu-central-1", endpoint: far.url, ...config, ...given },
        action,
        args,
      });
      expect(outcome).toMatchObject(result);
      expect(far.received()).toHaveLength(taken);
      expect(JSON.stringify(outcome)).not.toMatch(/canary|AKIA/i);
    } finally {
      await far.close();
    }
  });
});
