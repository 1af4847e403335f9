import type { ReceivedCall } from "@backstitch/core/testing";
import type { Row, Value } from "@backstitch/core/values";
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { s3 } from "@backstitch/connectors/s3";
import { eventbridgePeer, s3Peer } from "@backstitch/sandbox";
import { describe } from "vitest";
import { awsConfig } from "./support/aws.ts";
import { CORPUS, describeInjection } from "./support/injection.ts";

/** Metadata as S3 gives it back, and records as whoever unpacks the object reads them. */
function stored({ fields }: ReceivedCall): Row {
  const { metadata = {}, body, ...rest } = fields;
  const read = Object.entries(metadata as Row).map(([name, value]): [string, Value] => [name, wordsOf(value as string)]);
  return { ...rest, body: body ?? null, metadata: Object.fromEntries(read) };
}

function wordsOf(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, word: string) => Buffer.from(word, "base64").toString());
}

const asJson = ({ body, ...rest }: Row): Row => ({ ...rest, body: JSON.parse(body as string) as Value });
const asWhatItIs = (object: Row): Row => (object["contentType"] === "application/json" ? asJson(object) : object);

describe("s3", () => {
  describeInjection(s3, {
    config: (url) => ({ ...awsConfig(url), bucket: "archive", forcePathStyle: true }),
    actions: {
      put: {
        args: [
          {
            key: "orders/late",
            body: { late: "late", list: [{ x: "late" }] },
            contentType: "text/plain",
            metadata: { late: "late" },
            ifAbsent: true,
          },
        ],
        peer: () => s3Peer(),
        arrived: (call) => asJson(stored(call)),
        kept: (text) => text.toWellFormed().trim().toLowerCase(),
      },
      append: {
        args: { prefix: "orders/late/", record: { late: "late", list: [{ x: "late" }] } },
        peer: () => s3Peer(),
        arrived: (call) => {
          const { key, body, ...rest } = asJson(stored(call));
          return { ...rest, prefix: key ?? null, record: body ?? null };
        },
      },
      copy: {
        args: { from: "orders/late", key: "orders/copy", fromBucket: "other" },
        peer: () => s3Peer({ buckets: ["other", "archive"], objects: ALL }),
        arrived: ({ fields }) => ({ ...fields, from: fields["source"] ?? null }),
        places: { from: ["from", "source"] },
      },
      delete: { args: { key: "orders/late" }, peer: () => s3Peer() },
    },
  });

  describeInjection(
    { ...s3, actions: { put: s3.actions.put } },
    {
      config: (url) => ({ ...awsConfig(url), bucket: "archive", forcePathStyle: true }),
      actions: {
        put: {
          args: [
            { key: "orders/late", body: "late", contentType: "text/plain", metadata: {}, ifAbsent: false },
            { key: "orders/late", body: { base64: "bGF0ZQ==" } },
          ],
          peer: () => s3Peer(),
          arrived: (call) => asWhatItIs(stored(call)),
          // An object with another name in it is stored as JSON.
          places: { body: ["body", "contentType"] },
        },
      },
    },
  );
});

/** An object of each name that is tried, to be copied where the name is taken. */
const ALL = {
  "orders/late": "late",
  ...Object.fromEntries(Object.values(CORPUS).flatMap((text) => (text.isWellFormed() && text.length < 1_000 ? [[text, "evil"]] : []))),
};

describe("eventbridge", () => {
  const args = {
    detailType: "late",
    detail: { late: "late", list: [{ x: "late" }] },
    source: "shop",
    resources: ["arn:late"],
    time: "2026-01-31T08:30:00Z",
  };
  const action = { args, peer: () => eventbridgePeer(), volatile: ["eventId"] };
  describe("plain", () => {
    describeInjection(eventbridge, { config: awsConfig, actions: { put: action } });
  });
  describe("in an envelope", () => {
    // What an event is, is in the envelope and beside it.
    const places = { detail: ["detail.data"], source: ["source", "detail.source"], detailType: ["detailType", "detail.type"] };
    const arrived = ({ fields: { detail, ...rest } }: ReceivedCall): Row => ({
      ...rest,
      ...Object.fromEntries(Object.entries(detail as Row).map(([name, value]) => [`detail.${name}`, value])),
    });
    const config = (url: string) => ({ ...awsConfig(url), envelope: "cloudevents" as const });
    describeInjection(eventbridge, { config, actions: { put: { ...action, places, arrived } } });
  });
});
