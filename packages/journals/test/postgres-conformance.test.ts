import type { Journal } from "@backstitch/core/journal";
import { describeJournal } from "@backstitch/core/testing";
import { afterAll, beforeAll } from "vitest";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";
import type { Proxy } from "./support/proxy.ts";

let server: JournalServer;

beforeAll(async () => {
  server = await startJournalServer();
});

afterAll(() => server.stop());

/** A journal that answers over a network takes its time. */
const PLAYS = 15;

/** A process that is killed is one that its network has lost: neither says or hears anything more. */
describeJournal(
  "postgres",
  async (options) => {
    const schema = server.emptySchema();
    const opened: { readonly journal: Journal; readonly proxy: Proxy }[] = [];
    const open = async (events = options.events): Promise<Journal> => {
      const proxy = await server.proxy();
      const journal = await server.open(schema, { ...options, events, connectionString: proxy.url });
      opened.push({ journal, proxy });
      return journal;
    };
    return {
      journal: await open(),
      async reopen(events) {
        opened.at(-1)?.proxy.sever();
        return open(events);
      },
      async dispose() {
        for (const { journal, proxy } of opened) {
          await journal.close();
          await proxy.close();
        }
        await server.giveBack(schema);
      },
    };
  },
  { plays: PLAYS },
);
