import { type Journal, JournalFull } from "@backstitch/core/journal";

export type Asked = "record" | "claim" | "start" | "settle" | "purge";

/** A journal over another that can be told to have no room for some of what it is asked, and says in which order it was asked. */
export interface TightJournal extends Journal {
  readonly refused: Set<Asked>;
  /** `start <id>` once it is durable; `<next state> <id>` as it settles. */
  readonly order: string[];
}

export function tightJournal(journal: Journal): TightJournal {
  const refused = new Set<Asked>();
  const order: string[] = [];
  function unless<Rest extends unknown[], Result>(
    asked: Asked,
    call: (...rest: Rest) => Promise<Result>,
  ): (...rest: Rest) => Promise<Result> {
    return async (...rest) => {
      if (refused.has(asked)) throw new JournalFull("There is no room.");
      return call(...rest);
    };
  }
  return {
    ...journal,
    refused,
    order,
    record: unless("record", journal.record),
    claim: unless("claim", journal.claim),
    settle: unless("settle", async (settlements) => {
      order.push(...settlements.map(({ claim, next }) => `${next.state} ${claim.id}`));
      return journal.settle(settlements);
    }),
    purge: unless("purge", journal.purge),
    start: unless("start", async (claims) => {
      const latest = await journal.start(claims);
      order.push(...latest.map(({ id }) => `start ${id}`));
      return latest;
    }),
  };
}
