/** Every row of the tables of failures, through the SDK against the stand-in. */
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { eventbridgePeer } from "@backstitch/sandbox";
import { describe, expect, test } from "vitest";
import { COMMON } from "../src/aws/failures.ts";
import { entryFailures, eventbridgeFailures, unknownEntry } from "../src/eventbridge/failures.ts";
import { attempted } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";

const args = { detailType: "late", detail: { id: 7 } };

const whole = Object.entries({ ...COMMON, ...eventbridgeFailures.codes });
const ofEntries = Object.entries({ ...COMMON, ...entryFailures.codes });

describe.each(["", "Exception"])("each row of the tables, through the real SDK, with %j behind the code", (suffix) => {
  test.each(whole)("%s refuses the request: %j", async (name, [kind, says]) => {
    const code = `${name}${suffix}`;
    const peer = await eventbridgePeer();
    peer.misbehave({ kind: "code", code, message: "for ada@example.org" });
    const outcome = await attempted(eventbridge, { config: { ...awsConfig(peer.url), source: "shop" }, action: "put", args });
    await peer.close();
    expect(outcome).toEqual({ kind, code: `EVENTBRIDGE_${code}`, reason: `EventBridge answered 400 ${code}: ${says}.` });
    expect(peer.received()).toEqual([]);
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

test("an entry's code that no table has: it was not taken, and may be when it is sent again", async () => {
  const peer = await eventbridgePeer({ entryFailures: ["SomethingNew"] });
  const outcome = await attempted(eventbridge, { config: { ...awsConfig(peer.url), source: "shop" }, action: "put", args });
  await peer.close();
  const reason = `EventBridge answered SomethingNew for the event: ${unknownEntry[1]}.`;
  expect(outcome).toEqual({ kind: unknownEntry[0], code: "EVENTBRIDGE_SomethingNew", reason });
});
