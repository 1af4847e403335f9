import type { Batching, BatchLimits } from "../../connector/batching.ts";
import { rendezvous, type Rendezvous } from "./rendezvous.ts";

/** A delivery's place in a batch that is made now. */
export interface Seat {
  readonly run: Rendezvous["run"];
  /** To be called in any case once its attempt has ended, or none was made. */
  leave(): void;
}

/** What a delivery waits for. */
export interface Waiting {
  /** Resolves when its batch is made; then it takes its seat. One promise for all of a batch: thousands may wait. */
  readonly made: Promise<() => Seat>;
  /** Others that are ready could not be made yet: no more should be gathered for now. */
  readonly crowded: boolean;
}

/** What joins. */
export interface Joining {
  /** Batches of one service and action have the same. */
  readonly name: string;
  readonly batch: Batching<unknown, unknown>;
  readonly limits: BatchLimits;
  readonly args: unknown;
  /** Most batches under way at a time. */
  readonly concurrency: number;
  /** It must not wait for others: whether the service goes on depends on it. */
  readonly atOnce: boolean;
}

/** Deliveries that wait for others to be sent with. */
export interface Batches {
  /** Takes a delivery. @throws what the action throws of arguments that it does not take */
  join(joining: Joining): Waiting;
  /** From now on nothing waits for others. */
  hurry(): void;
}

interface Open {
  readonly joining: Joining;
  readonly key: string;
  bytes: number;
  /** How many deliveries have joined it. */
  calls: number;
  readonly made: PromiseWithResolvers<() => Seat>;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Batches of one action of one service. */
interface Line {
  /** Oldest first. */
  readonly open: Map<string, Open>;
  /** Full or old enough, but as many are under way as may be. */
  readonly ready: Open[];
  underWay: number;
}

export function createBatches(): Batches {
  const lines = new Map<string, Line>();
  let hurried = false;

  function lineOf(name: string): Line {
    const line = lines.get(name) ?? { open: new Map<string, Open>(), ready: [], underWay: 0 };
    lines.set(name, line);
    return line;
  }

  return {
    join(joining) {
      const { name, batch, limits, args } = joining;
      const [key, bytes] = [batch.key(args), batch.bytes(args)];
      const line = lineOf(name);
      const there = line.open.get(key);
      if (there !== undefined && there.bytes + bytes > limits.bytes) cut(line, there);
      const open = line.open.get(key) ?? begin(line, key, joining);
      open.bytes += bytes;
      open.calls += 1;
      const isFull = open.calls >= limits.calls || open.bytes >= limits.bytes;
      if (isFull || hurried || joining.atOnce) cut(line, open);
      return { made: open.made.promise, crowded: line.ready.length > 0 };
    },
    hurry() {
      hurried = true;
      for (const line of lines.values()) for (const open of line.open.values()) cut(line, open);
    },
  };
}

function begin(line: Line, key: string, joining: Joining): Open {
  const [oldest] = line.open.values();
  if (oldest !== undefined && line.open.size >= joining.limits.open) cut(line, oldest);
  const made = Promise.withResolvers<() => Seat>();
  const timer = setTimeout(() => cut(line, open), joining.limits.waitMs);
  const open: Open = { joining, key, bytes: 0, calls: 0, made, timer };
  line.open.set(key, open);
  return open;
}

/** Nothing joins it any more. */
function cut(line: Line, open: Open): void {
  clearTimeout(open.timer);
  line.open.delete(open.key);
  line.ready.push(open);
  goOn(line);
}

function goOn(line: Line): void {
  for (let next = line.ready[0]; next !== undefined && line.underWay < next.joining.concurrency; next = line.ready[0]) {
    line.ready.shift();
    line.underWay += 1;
    make(line, next);
  }
}

function make(line: Line, { joining, calls, made }: Open): void {
  const meeting = rendezvous(joining.batch, calls);
  let left = calls;
  made.resolve(() => seatAt(meeting, ended));

  function ended(): void {
    left -= 1;
    if (left > 0) return;
    line.underWay -= 1;
    goOn(line);
  }
}

function seatAt(meeting: Rendezvous, ended: () => void): Seat {
  let came = false;
  let isOver = false;
  return {
    run(client, args, attempt) {
      came = true;
      return meeting.run(client, args, attempt);
    },
    leave() {
      if (isOver) return;
      isOver = true;
      if (!came) meeting.leave();
      ended();
    },
  };
}
