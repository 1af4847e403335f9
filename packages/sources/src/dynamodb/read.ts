import { setMaxListeners } from "node:events";
import { PositionLost, type Batch, type Positions } from "@backstitch/core/source";
import { beginStream } from "./begin.ts";
import { createClient } from "./client.ts";
import { StreamsFailure } from "./failures.ts";
import { createGate } from "./gate.ts";
import { gapRecord, GO_ON } from "./lost.ts";
import { formatMarker, parseMarker, STREAM_PARTITION, type Marker } from "./marker.ts";
import { settingsOf, type DynamoDbSourceOptions } from "./options.ts";
import { createOutbox } from "./outbox.ts";
import { parsePlace, type Place } from "./place.ts";
import { labelOf, type Run, type StreamRun } from "./run.ts";
import { readStream } from "./stream.ts";
import { currentStream, expectSameTable, switchedOff } from "./target.ts";

/** At most 16 MB as DynamoDB sends them, however many shards there are. */
const PAGES_AT_ONCE = 16;

/** AWS refuses requests from clocks that are further off. */
const CLOCK_SLACK_MS = 5 * 60 * 1_000;

export interface ReadOptions {
  readonly options: DynamoDbSourceOptions;
  readonly from: Positions;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

/** @throws PositionLost, SourceMisconfigured, and a plain Error for what may pass. */
export async function readDynamoDb({ options, from, accept, signal }: ReadOptions): Promise<void> {
  if (signal.aborted) return;
  const settings = settingsOf(options);
  const client = await createClient(options, signal);
  try {
    const outbox = createOutbox({ source: settings.name, from, accept, signal });
    await readStreams({ settings, client, outbox, pages: createGate(PAGES_AT_ONCE), signal }, from);
  } catch (error) {
    // What was cut short because of the signal fails in many ways, none of which matters.
    if (!signal.aborted) throw error;
  } finally {
    client.close();
  }
}

/** The stream that the journal knows, then those that replaced it. */
async function readStreams(run: Run, from: Positions): Promise<void> {
  const { settings } = run;
  const known = knownMarker(settings.name, from);
  let target = await currentStream(run);
  if (known !== undefined) expectSameTable(settings.name, known.arn, target);
  let marker = known ?? (await record(run, firstMarker(run, target)));
  for (;;) {
    const end = await readToEnd(streamRun(run, marker.arn, from), marker, known === undefined);
    target = await currentStream(run);
    if (target === marker.arn) throw switchedOff(settings, target, end);
    marker = await goOver(run, marker, target);
  }
}

function streamRun(run: Run, arn: string, from: Positions): StreamRun {
  const stopping = new AbortController();
  const signal = AbortSignal.any([run.signal, stopping.signal]);
  // Each shard that waits listens.
  setMaxListeners(0, signal);
  return {
    ...run,
    client: run.client.within(signal),
    outbox: run.outbox.within(signal),
    signal,
    arn,
    stop: () => stopping.abort(),
    places: placesOf(run.settings.name, arn, from),
    openAt: new Map(),
  };
}

async function readToEnd(run: StreamRun, marker: Marker, isNew: boolean): Promise<"read" | "gone"> {
  try {
    await readStream(run, await beginStream(run, marker, isNew));
    return "read";
  } catch (error) {
    if (error instanceof StreamsFailure && error.kind === "missing") return "gone";
    throw error;
  }
}

function firstMarker({ settings, client }: Run, arn: string): Marker {
  const time = settings.clock() + client.aheadMs() - CLOCK_SLACK_MS;
  return { arn, state: settings.startAt, time };
}

async function record({ outbox }: Run, marker: Marker): Promise<Marker> {
  await outbox.send({ partition: STREAM_PARTITION, to: formatMarker(marker) });
  return marker;
}

/** A stream that is switched off and on again is another, and what changed meanwhile is in neither. */
async function goOver({ settings, outbox }: Run, { arn }: Marker, target: string): Promise<Marker> {
  const why = `the stream was replaced by ${target}, and what changed before that was switched on is in neither.`;
  if (settings.onLost === "stop") throw new PositionLost(settings.name, arn, target, `${why} ${GO_ON}`);
  const time = settings.clock();
  const marker: Marker = { arn: target, state: "trim-horizon", time };
  await outbox.send({
    partition: STREAM_PARTITION,
    to: formatMarker(marker),
    unreadable: [gapRecord(`${target}/lost/${settings.name}`, `The stream ${arn}: ${why}`, time)],
  });
  return marker;
}

function knownMarker(name: string, from: Positions): Marker | undefined {
  const text = from.get(STREAM_PARTITION);
  if (text === undefined) return undefined;
  const marker = parseMarker(text);
  if (marker === undefined) throw foreign(name, text);
  return marker;
}

function placesOf(name: string, arn: string, from: Positions): Map<string, Place> {
  const prefix = `${labelOf(arn)}/`;
  const places = new Map<string, Place>();
  for (const [partition, text] of from) {
    if (!partition.startsWith(prefix)) continue;
    const place = parsePlace(text);
    if (place === undefined) throw foreign(name, text);
    places.set(partition.slice(prefix.length), place);
  }
  return places;
}

function foreign(name: string, text: string): PositionLost {
  const why = "that is not a position of a DynamoDB source. Give the source another name, so that it begins anew.";
  return new PositionLost(name, text, undefined, why);
}
