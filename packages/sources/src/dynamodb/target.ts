import { SourceMisconfigured } from "@backstitch/core/source";
import { parseArn } from "./marker.ts";
import type { Settings } from "./options.ts";
import { asked, type Run } from "./run.ts";

const SWITCH_ON = (table: string): string =>
  `aws dynamodb update-table --table-name ${table} --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES`;

/** The stream that the configuration means now. @throws SourceMisconfigured where there is none. */
export async function currentStream(run: Run): Promise<string> {
  const { settings, client } = run;
  const { name, streamArn, table = "" } = settings;
  if (streamArn !== undefined) {
    if (parseArn(streamArn) === undefined)
      throw new SourceMisconfigured(
        `Source "${name}": "streamArn" is ${JSON.stringify(streamArn)}, which is not the ARN of a DynamoDB stream: arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>.`,
      );
    return streamArn;
  }
  const arns = await asked(run, () => client.streams(table));
  const [newest] = arns.toSorted((left, right) => (labelled(left) < labelled(right) ? 1 : -1));
  if (newest !== undefined) return newest;
  throw new SourceMisconfigured(
    `Source "${name}": the table ${JSON.stringify(table)} has no stream, or there is no such table in this region and account. Switch it on: ${SWITCH_ON(table)}`,
  );
}

function labelled(arn: string): string {
  return parseArn(arn)?.label ?? "";
}

/** @throws SourceMisconfigured where the journal's positions are of another table, or of a later stream. */
export function expectSameTable(name: string, known: string, target: string): void {
  const [before, now] = [parseArn(known), parseArn(target)];
  if (before?.table !== now?.table)
    throw new SourceMisconfigured(
      `Source "${name}" was read from ${before?.table}, and is now configured for ${now?.table}. Give the source another name, so that it begins anew.`,
    );
  if (labelled(target) < labelled(known))
    throw new SourceMisconfigured(
      `Source "${name}" was read from ${known}, which is later than the stream that it is now configured for. Configure that one.`,
    );
}

/** All of it was read, or it is gone, and no other has taken its place. */
export function switchedOff({ name, streamArn }: Settings, arn: string, end: "read" | "gone"): SourceMisconfigured {
  const table = parseArn(arn)?.tableName ?? "";
  const was =
    end === "read"
      ? "was switched off, and all that it had was read"
      : "is gone: it was switched off more than 24 hours ago, or its table was deleted";
  const then = streamArn === undefined ? "" : ' Then put the new stream\'s ARN in "streamArn", or name the table instead.';
  return new SourceMisconfigured(
    `Source "${name}": the stream ${arn} ${was}. What is changed while no stream is on is in none. Switch one on: ${SWITCH_ON(table)}.${then}`,
  );
}
