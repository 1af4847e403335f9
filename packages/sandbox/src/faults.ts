import type { Fault } from "@backstitch/core/testing";

/** Which fault the next request meets, and for how many more. */
export interface FaultSwitch {
  set(fault: Fault | undefined, times?: number): void;
  current(): Fault | undefined;
  /** The fault of the request that now begins: counts it. */
  next(): Fault | undefined;
}

/** A switch that is off. */
export function faultSwitch(): FaultSwitch {
  let fault: Fault | undefined;
  let left = Infinity;
  return {
    set(wanted, times = Infinity) {
      fault = wanted;
      left = times;
    },
    current: () => (left > 0 ? fault : undefined),
    next() {
      const met = left > 0 ? fault : undefined;
      left -= 1;
      return met;
    },
  };
}
