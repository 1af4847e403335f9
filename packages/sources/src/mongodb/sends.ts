import type { Operation } from "@backstitch/core/source";
import type { MongodbSourceOptions } from "./options.ts";

/** What a change stream has; `before` where it is asked for. */
export function mongodbSends({ fullDocumentBeforeChange = "off" }: Pick<MongodbSourceOptions, "fullDocumentBeforeChange"> = {}): {
  readonly operations: readonly Operation[];
  readonly before: boolean;
} {
  return { operations: ["insert", "update", "replace", "delete"], before: fullDocumentBeforeChange !== "off" };
}
