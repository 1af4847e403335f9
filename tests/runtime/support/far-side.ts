import { action, type AttemptContext, type Connector, ConnectorError, type Receipt } from "@backstitch/core/connector";

/** What one request to the far side carried. */
export interface Call {
  readonly deliveryId: string;
  readonly number: number;
  readonly action: "send" | "put" | "ask";
  readonly lane: string;
  /** Counts from 1 in each lane, in the order of commits. */
  readonly place: number;
  /** Whom the row names; empty where it names nobody. */
  readonly to: string;
  readonly signal: AbortSignal;
}

/** A vendor in this process: answers as told and remembers every request. */
export interface FarSide {
  readonly connector: Connector<unknown, FarSide>;
  readonly calls: readonly Call[];
  /** What it answers to a request. @default accepted */
  answer: (call: Call) => Promise<Receipt> | Receipt;
  /** What `ask` answers to whether an earlier request was done. */
  reconcile: (call: Call) => Promise<"done" | "not-done" | "cannot-tell">;
  readonly asked: string[];
  /** Most requests under way at once, in all. */
  readonly most: number;
  readonly underWay: number;
  /** Requests that were begun while another of the same lane was under way. */
  readonly overlaps: readonly string[];
}

const args = { type: "object", properties: { to: { type: "string", recipient: true } } } as const;

export function farSide(): FarSide {
  const calls: Call[] = [];
  const overlaps: string[] = [];
  const busy = new Map<string, number>();
  let underWay = 0;
  let most = 0;

  async function take(call: Call): Promise<Receipt> {
    calls.push(call);
    underWay += 1;
    most = Math.max(most, underWay);
    const here = busy.get(call.lane) ?? 0;
    if (here > 0) overlaps.push(call.lane);
    busy.set(call.lane, here + 1);
    try {
      return await far.answer(call);
    } finally {
      underWay -= 1;
      busy.set(call.lane, (busy.get(call.lane) ?? 1) - 1);
    }
  }

  const far: FarSide = {
    calls,
    asked: [],
    overlaps,
    answer: () => ({}),
    reconcile: async () => "cannot-tell",
    get most() {
      return most;
    },
    get underWay() {
      return underWay;
    },
    connector: {
      type: "box",
      summary: "A far side for tests.",
      config: {},
      connect: () => far,
      actions: actionsOver(take),
    },
  };
  return far;
}

/** A row that says nothing costs 1; one that says nonsense shows what becomes of that. */
const cost = { units: (row: unknown) => (row as { units?: number }).units ?? 1 };

function actionsOver(take: (call: Call) => Promise<Receipt>): Connector<unknown, FarSide>["actions"] {
  const run = (name: Call["action"]) => (_client: FarSide, row: unknown, attempt: AttemptContext) => take(callOf(name, row, attempt));
  return {
    send: action<FarSide, typeof args>({ summary: "Happens again.", args, repeat: "repeats", run: run("send"), cost }),
    put: action<FarSide, typeof args>({ summary: "Harmless twice.", args, repeat: "by-nature", run: run("put"), cost }),
    ask: action<FarSide, typeof args>({
      summary: "Can find out.",
      args,
      repeat: "repeats",
      run: run("ask"),
      reconcile(far, row, attempt) {
        const call = callOf("ask", row, attempt);
        far.asked.push(call.lane);
        return far.reconcile(call);
      },
    }),
  };
}

function callOf(name: Call["action"], row: unknown, { deliveryId, number, signal }: AttemptContext): Call {
  const { lane, place, to = "" } = row as { lane: string; place: number; to?: string };
  return { deliveryId, number, action: name, lane, place, to, signal };
}

/** What the far side throws to end an attempt so. */
export function failure(kind: ConnectorError["outcome"], retryAfterMs?: number): ConnectorError {
  return new ConnectorError(kind, `BOX_${kind.toUpperCase()}`, `The box is ${kind}.`, retryAfterMs);
}
