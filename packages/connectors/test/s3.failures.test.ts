/** Every row of the tables of failures, through the SDK against the stand-in. */
import { s3 } from "@backstitch/connectors/s3";
import { s3Peer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { COMMON } from "../src/aws/failures.ts";
import { s3Failures } from "../src/s3/failures.ts";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const key = "of-buyer.canary@shop.example";
const actions = {
  put: { key, body: "b" },
  copy: { from: "there", key },
  delete: { key },
  append: { prefix: "of/", record: { of: key } },
} as const;

const rows = Object.entries({ ...COMMON, ...s3Failures.codes });

describe.each(Object.keys(actions) as (keyof typeof actions)[])("of %s", (action) => {
  test.each(rows)("%s", async (code, [kind, says, restMs]) => {
    const peer = await s3Peer({ objects: { there: "text" } });
    peer.misbehave({ kind: "code", code, message: `About ${key}` });
    const outcome = await attempted(s3, { config: { ...awsConfig(peer.url), bucket: "archive" }, action, args: actions[action] });
    await peer.close();
    expect(outcome).toEqual({
      kind,
      code: `S3_${code}`,
      reason: expect.stringMatching(/^S3 answered \d{3} /) as string,
      ...(restMs === undefined ? {} : { retryAfterMs: restMs }),
    });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(` ${code}: ${says}.`) as string });
    expect(peer.received()).toEqual([]);
  });
});
