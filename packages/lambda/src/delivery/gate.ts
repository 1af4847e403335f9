import type { Failure } from "@backstitch/core/connector";
import type { Service } from "@backstitch/core/runtime";
import type { Budget } from "./budget.ts";

/** What a service says to a delivery that wants to begin: it may; there is no time left for it; or the service will not have us. */
export type Admission = "go" | "no-time" | Failure<"locked-out">;

/** Lets deliveries through to one service during one invocation: so many at a time, none while it rests, those of earlier records first. */
export interface Gate {
  enter(order: number): Promise<Admission>;
  /** An attempt is over. `restUntil`: epoch milliseconds before which none begins. */
  leave(restUntil: number | undefined): void;
  /** Nothing was attempted after all. */
  giveBack(): void;
  /** Nothing more goes to this service. */
  lock(failure: Failure<"locked-out">): void;
}

/** Outlives the invocation: a service that asked for a minute's rest gets it from the next one too. */
export interface Rest {
  /** Epoch milliseconds. */
  until: number;
}

interface Waiting {
  readonly order: number;
  readonly admit: (admission: Admission) => void;
}

export interface GateOptions {
  readonly concurrency: number;
  readonly rest: Rest;
  /** Whether there is time for an attempt that begins so many milliseconds from now. */
  readonly allows: (inMs: number) => boolean;
  readonly now: () => number;
}

export function createGate({ concurrency, rest, allows, now }: GateOptions): Gate {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let locked: Failure<"locked-out"> | undefined;
  let probing = rest.until > now();
  let timer: NodeJS.Timeout | undefined;

  function admitAll(admission: Admission): void {
    for (const { admit } of waiting.splice(0)) admit(admission);
  }

  function pump(): void {
    if (waiting.length === 0) return;
    const restMs = rest.until - now();
    if (locked !== undefined || !allows(restMs)) return admitAll(locked ?? "no-time");
    if (restMs > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        pump();
      }, restMs);
      return;
    }
    while (underWay < (probing ? 1 : concurrency) && waiting.length > 0) {
      underWay += 1;
      waiting.shift()?.admit("go");
    }
  }

  return {
    enter(order) {
      const { promise, resolve } = Promise.withResolvers<Admission>();
      const later = waiting.findLastIndex((other) => other.order <= order) + 1;
      waiting.splice(later, 0, { order, admit: resolve });
      pump();
      return promise;
    },
    leave(restUntil) {
      underWay -= 1;
      probing = restUntil !== undefined;
      rest.until = Math.max(rest.until, restUntil ?? 0);
      pump();
    },
    giveBack() {
      underWay -= 1;
      pump();
    },
    lock(failure) {
      locked = failure;
      pump();
    },
  };
}

/** One gate a service and invocation. */
export function createGates(rests: Map<string, Rest>, budget: Budget, now: () => number): (service: Service) => Gate {
  const gates = new Map<string, Gate>();
  return ({ name, concurrency, deadlineMs }) => {
    const known = gates.get(name);
    if (known !== undefined) return known;
    const rest = rests.get(name) ?? { until: 0 };
    rests.set(name, rest);
    const gate = createGate({ concurrency, rest, allows: (inMs) => budget.allows(inMs, deadlineMs), now });
    gates.set(name, gate);
    return gate;
  };
}
