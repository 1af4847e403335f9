import { eventbridge } from "@backstitch/connectors/eventbridge";
import { eventbridgePeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { COMMON } from "../src/aws/failures.ts";
import { entryFailures, eventbridgeFailures } from "../src/eventbridge/failures.ts";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";
import { canned } from "./support/canned.ts";

const args = { detailType: "late", detail: { id: 7 } };
const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };

const whole = Object.entries({ ...COMMON, ...eventbridgeFailures.codes });
const ofEntries = Object.entries({ ...COMMON, ...entryFailures.codes });

describe.each(["", "Exception"])("each row of the tables, through the real SDK, with %j behind the code", (suffix) => {
  test.each(whole)("%s refuses the request: %j", async (name, [kind, says]) => {
    const code = `${name}${suffix}`;
    await using far = await canned({
      status: 400,
      headers: JSON_TYPE,
      body: JSON.stringify({ __type: code, message: "for ada@example.org" }),
    });
    const outcome = await attempted(eventbridge, { config: { ...awsConfig(far.url), source: "shop" }, action: "put", args });
    expect(outcome).toMatchObject({ kind, code: `EVENTBRIDGE_${code}`, reason: `EventBridge answered 400 ${code}: ${says}.` });
    expect(far.asked()).toBe(1);
  });

  test.each(ofEntries)("%s refuses the entry: %j", async (name, [kind, says]) => {
    const code = `${name}${suffix}`;
    const peer = await eventbridgePeer({ entryFailures: [code] });
    const outcome = await attempted(eventbridge, { config: { ...awsConfig(peer.url), source: "shop" }, action: "put", args });
    await peer.close();
    expect(outcome).toMatchObject({ kind, code: `EVENTBRIDGE_${code}`, reason: `EventBridge answered ${code} for the event: ${says}.` });
    expect(peer.received()).toEqual([]);
  });
});

test("a code that no table has was not taken where it is of an entry, and is read by its status where it is of the request", async () => {
  const peer = await eventbridgePeer({ entryFailures: ["SomethingNew"] });
  const config = { ...awsConfig(peer.url), source: "shop" };
  expect(await attempted(eventbridge, { config, action: "put", args })).toMatchObject({ kind: "unavailable" });
  await peer.close();
  await using far = await canned({ status: 400, headers: JSON_TYPE, body: JSON.stringify({ __type: "SomethingNew" }) });
  const elsewhere = { ...awsConfig(far.url), source: "shop" };
  expect(await attempted(eventbridge, { config: elsewhere, action: "put", args })).toMatchObject({ kind: "rejected" });
});
