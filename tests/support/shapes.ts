import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RuleFile } from "@backstitch/rules";
import { decodeRecord, type DecodeOptions, type Shape } from "@backstitch/sources/decoders";
import type { ChangeEvent } from "@backstitch/core/source";

const FIXTURES = join(import.meta.dirname, "../../packages/sources/test/fixtures");

/** The same row's life as one carrier sends it: a folder of `packages/sources/test/fixtures`. */
export interface Carrier {
  readonly folder: string;
  readonly shape: Shape;
  readonly options?: Partial<DecodeOptions>;
}

export const CARRIERS: readonly Carrier[] = [
  { folder: "backstitch", shape: "backstitch" },
  { folder: "debezium", shape: "debezium" },
  { folder: "debezium-without-schema", shape: "debezium" },
  { folder: "debezium-mongodb", shape: "debezium-mongodb" },
  { folder: "mongodb", shape: "mongodb" },
  { folder: "mongodb-relaxed", shape: "mongodb" },
  { folder: "atlas-eventbridge", shape: "atlas-eventbridge" },
  { folder: "dynamodb", shape: "dynamodb" },
  { folder: "dynamodb-kinesis", shape: "dynamodb" },
  { folder: "dms", shape: "dms" },
  { folder: "neptune", shape: "neptune", options: { collection: () => "inventory" } },
  { folder: "supabase", shape: "supabase" },
];

/** One record as it was sent. */
export interface Sent {
  readonly step: string;
  readonly bytes: Buffer;
  readonly key: Buffer | undefined;
}

const STEPS = ["insert", "sold", "dearer", "moved", "rekeyed", "rekeyed.1", "rekeyed.2", "delete"];

/** What a carrier sends, in order. */
export function sentBy({ folder }: Carrier): readonly Sent[] {
  const at = (name: string): string => join(FIXTURES, folder, `${name}.json`);
  const read = (name: string): Buffer | undefined => (existsSync(at(name)) ? readFileSync(at(name)) : undefined);
  return STEPS.flatMap((step) => {
    const bytes = read(step);
    return bytes === undefined ? [] : [{ step, bytes, key: read(`${step}.key`) }];
  });
}

export function decodeSent({ shape, options }: Carrier, { bytes, key, step }: Sent): readonly ChangeEvent[] {
  return decodeRecord(shape, bytes, { source: "shop", now: () => 0, id: step, key, ...options });
}

export function fixtureRules(): readonly RuleFile[] {
  const names = readdirSync(join(FIXTURES, "rules")).sort();
  return names.map((name) => ({ path: `rules/${name}`, text: readFileSync(join(FIXTURES, "rules", name), "utf8") }));
}
