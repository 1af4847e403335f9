import { jsonText, type Row } from "@backstitch/core/values";
import type { LiveHub } from "./hub.ts";
import type { Cursor, Remembered } from "./ring.ts";
import { toldOf, type Follower, type Told } from "./told.ts";

export interface StreamOptions {
  readonly hub: LiveHub;
  /** Who follows what, as it is now: undefined where they may no longer. Asked at the beginning and at each heartbeat. */
  readonly follower: () => Promise<Follower | undefined>;
  /** The collection's rules may have been changed since: what was told under others is to be read anew. */
  readonly isInForce: (follower: Follower) => boolean;
  /** Undefined: from now on. */
  readonly from: Cursor | undefined;
  readonly heartbeatMs: number;
  /** Closes the connection of a client that takes nothing. */
  readonly cutOff: () => void;
  /** Told once, when it is over. */
  readonly ended: () => void;
}

/** How soon a client comes again that was cut off. */
const RETRY_MS = 2_000;
/** A client that took nothing for so many heartbeats is cut off: it comes again from where it was. */
const MOST_UNTAKEN = 4;
/** Others have their turn after so many changes. */
const MOST_AT_ONCE = 100;

/** Changes as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html. What is not taken is not made, so that a slow client holds nothing. */
export function streamOf(options: StreamOptions): ReadableStream<Uint8Array> {
  const over = new AbortController();
  const texts = textsOf(options, over.signal);
  const encoder = new TextEncoder();
  let untaken = 0;
  let isAwaited = false;
  let watch: NodeJS.Timeout | undefined;

  function end(): void {
    if (over.signal.aborted) return;
    clearInterval(watch);
    over.abort();
    options.ended();
  }

  return new ReadableStream<Uint8Array>(
    {
      start() {
        watch = setInterval(() => {
          untaken = isAwaited ? 0 : untaken + 1;
          if (untaken < MOST_UNTAKEN) return;
          end();
          options.cutOff();
        }, options.heartbeatMs);
      },
      async pull(controller) {
        isAwaited = true;
        const { value, done } = await texts.next().catch(() => ({ value: undefined, done: true }));
        isAwaited = false;
        if (over.signal.aborted) return;
        if (done !== true && value !== undefined) return controller.enqueue(encoder.encode(value));
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

async function* textsOf(
  { hub, follower: askFollower, isInForce, from, heartbeatMs }: StreamOptions,
  over: AbortSignal,
): AsyncGenerator<string> {
  let follower = await askFollower();
  let cursor = from ?? hub.newest();
  yield `retry: ${RETRY_MS}\n\n`;
  if (from === undefined) yield message("ready", {}, cursor);
  let heartbeatAt = performance.now() + heartbeatMs;
  while (follower !== undefined && !over.aborted) {
    const some: readonly Remembered[] | undefined = isInForce(follower) ? hub.after(cursor, MOST_AT_ONCE) : undefined;
    if (some === undefined) {
      cursor = hub.newest();
      yield message("reset", {}, cursor);
      follower = await askFollower();
      continue;
    }
    const isDue = performance.now() >= heartbeatAt;
    if (isDue) {
      heartbeatAt = performance.now() + heartbeatMs;
      // A token ends however much there is to tell, and another process may read the log: whoever follows comes again.
      const next: Follower | undefined = hub.isRead() ? await askFollower() : undefined;
      if (next === undefined) return;
      // A reload meanwhile: it is told as one.
      if (next.collection !== follower.collection) continue;
      follower = next;
    }
    if (some.length > 0) {
      const text = messagesOf(follower, some, cursor.epoch);
      cursor = { ...cursor, number: some.at(-1)?.number ?? cursor.number };
      if (text !== "") yield text;
      continue;
    }
    if (isDue) yield `:\nid: ${idOf(cursor)}\n\n`;
    else await untilMore(hub, heartbeatAt - performance.now(), over);
  }
}

async function untilMore(hub: LiveHub, ms: number, over: AbortSignal): Promise<void> {
  const woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  const timer = setTimeout(wake, ms);
  const unwatch = hub.watch(wake);
  over.addEventListener("abort", wake);
  await woken.promise;
  clearTimeout(timer);
  unwatch();
  over.removeEventListener("abort", wake);
}

function messagesOf(follower: Follower, some: readonly Remembered[], epoch: string): string {
  const told = some.map(({ event, number }) => ({ number, told: toldOf(follower, event) }));
  // Whoever reads anew needs nothing of what was before.
  const last = some.at(-1)?.number ?? 0;
  if (told.some((one) => one.told.some(({ kind }) => kind === "reset"))) return message("reset", {}, { epoch, number: last });
  return told.map((one) => ofOneChange(one.told, { epoch, number: one.number })).join("");
}

/** Whoever was cut off between two messages of one change gets both again. */
function ofOneChange(told: readonly Told[], cursor: Cursor): string {
  return told.map(({ kind, ...what }, index) => message(kind, what as Row, index === told.length - 1 ? cursor : undefined)).join("");
}

/** JSON has no line breaks of its own. */
function message(event: string, data: Row, cursor: Cursor | undefined): string {
  return `event: ${event}\n${cursor === undefined ? "" : `id: ${idOf(cursor)}\n`}data: ${jsonText(data)}\n\n`;
}

function idOf({ epoch, number }: Cursor): string {
  return `${epoch}.${number}`;
}

/** @param id What a client gives back. Of another process, or none of ours: it is a place that nobody remembers. */
export function cursorOf(id: string): Cursor {
  const [, epoch = "", number = "0"] = /^([\w-]{1,20})\.(\d{1,15})$/.exec(id) ?? [];
  return { epoch, number: Number(number) };
}
