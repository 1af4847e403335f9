import { dynamoDbCrashSource } from "./dynamodb.ts";
import { httpCrashSource } from "./http.ts";
import { jsonlCrashSource } from "./jsonl.ts";
import { mongodbCrashSource } from "./mongodb.ts";
import { postgresCrashSource } from "./postgres.ts";
import type { CrashSource, SourceName } from "./source.ts";

const START: { readonly [Name in SourceName]: (started: AsyncDisposableStack) => Promise<CrashSource> } = {
  dynamodb: dynamoDbCrashSource,
  http: httpCrashSource,
  jsonl: jsonlCrashSource,
  mongodb: mongodbCrashSource,
  postgres: postgresCrashSource,
};

/** What it starts ends with `started`. */
export function startSource(name: SourceName, started: AsyncDisposableStack): Promise<CrashSource> {
  return START[name](started);
}
