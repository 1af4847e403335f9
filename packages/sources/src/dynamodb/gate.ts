/** Lets in so many at once; the others wait in line. */
export interface Gate {
  /** Runs the work once there is room. */
  through<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createGate(room: number): Gate {
  let free = room;
  const line: (() => void)[] = [];
  return {
    async through(work) {
      if (free === 0) await new Promise<void>((enter) => line.push(enter));
      else free -= 1;
      try {
        return await work();
      } finally {
        const next = line.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
