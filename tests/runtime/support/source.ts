import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import type { Batch, ChangeEvent, Positions, Source } from "@backstitch/core/source";

/** A row that says what is to be done because of it. */
export interface Asks {
  /** Through how many deliveries its event came. @default nobody told */
  readonly hops?: number;
  readonly lane: string;
  /** @default "box" */
  readonly service?: string;
  /** @default "put" */
  readonly action?: "send" | "put" | "ask";
  readonly ifUncertain?: IfUncertain;
  readonly retry?: RetryPolicy;
  readonly limits?: RuleLimits;
  /** Whom it goes to. @default nobody */
  readonly to?: string;
  /** How long after its commit, which is when the clock starts. Milliseconds. @default never */
  readonly expiresMs?: number;
  /** What it costs in the box's own units. @default 1 */
  readonly units?: number;
  /** An argument to take turns by. */
  readonly tenant?: string;
  /** Counts from 1 in each lane; the source numbers it. */
  readonly place?: number;
}

/** A source of rows that a test commits; its log is kept, so that it can be read again from any position. */
export interface HandSource extends Source {
  /** Commits one batch. */
  commit(...rows: readonly Asks[]): void;
  /** No more will come: `read` resolves once it has sent everything. */
  end(): void;
  /** The next `read`s reject with these, one each. */
  failNext(...errors: readonly Error[]): void;
  /** Positions from which it was read. */
  readonly reads: readonly (string | undefined)[];
  /** Batches that were accepted. */
  readonly accepted: number;
}

const PARTITION = "all";

export function handSource(name: string): HandSource {
  const batches: ChangeEvent[][] = [];
  const reads: (string | undefined)[] = [];
  const failures: Error[] = [];
  const eventOf = numbered(name);
  let wake = Promise.withResolvers<void>();
  let ended = false;
  let accepted = 0;

  function ring(): void {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  }

  async function read(from: Positions, accept: (batch: Batch) => Promise<void>, signal: AbortSignal): Promise<void> {
    reads.push(from.get(PARTITION));
    let position = reads.at(-1);
    while (!signal.aborted) {
      if (failures.length > 0) throw failures.shift();
      const events = batches[Number(position ?? 0)];
      if (events === undefined) {
        if (ended) return;
        await Promise.race([wake.promise, aborted(signal)]);
        continue;
      }
      const to = String(Number(position ?? 0) + 1);
      await accept({ source: name, partition: PARTITION, from: position, to, events });
      accepted += 1;
      position = to;
    }
  }

  return {
    name,
    reads,
    read,
    get accepted() {
      return accepted;
    },
    commit(...asked) {
      batches.push(asked.map(eventOf));
      ring();
    },
    end() {
      ended = true;
      ring();
    },
    failNext(...errors) {
      failures.push(...errors);
      ring();
    },
  };
}

/** Makes events of rows, in the order of their commits. */
function numbered(source: string): (row: Asks) => ChangeEvent {
  const places = new Map<string, number>();
  let rows = 0;
  return (row) => {
    const lane = `${row.service ?? "box"}/${row.lane}`;
    const place = (places.get(lane) ?? 0) + 1;
    places.set(lane, place);
    rows += 1;
    const about = { source, origin: "log", operation: "insert", database: "db", collection: "row" } as const;
    const after = { ...row, place } as unknown as NonNullable<ChangeEvent["after"]>;
    const rest = { key: { id: rows }, previousKey: undefined, before: null, unsent: [], changed: Object.keys(row) };
    return { id: `${source}:${rows}`, ...about, ...rest, after, committedAt: "2026-01-01T00:00:00.000000Z", hops: row.hops };
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
