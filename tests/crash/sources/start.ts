import { httpCrashSource } from "./http.ts";
import { jsonlCrashSource } from "./jsonl.ts";
import { postgresCrashSource } from "./postgres.ts";
import type { CrashSource, SourceName } from "./source.ts";

const START: { readonly [Name in SourceName]: (started: AsyncDisposableStack) => Promise<CrashSource> } = {
  http: httpCrashSource,
  jsonl: jsonlCrashSource,
  postgres: postgresCrashSource,
};

/** What it starts ends with `started`. */
export function startSource(name: SourceName, started: AsyncDisposableStack): Promise<CrashSource> {
  return START[name](started);
}
