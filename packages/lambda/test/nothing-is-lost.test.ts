import fc from "fast-check";
import { expect, test } from "vitest";
import { bench } from "./support/invocation.ts";
import type { Reply } from "./support/far-side.ts";
import { openSink } from "./support/sink.ts";

const item = fc.record({
  key: fc.constantFrom("p", "q", "r", undefined),
  service: fc.constantFrom("sink", "other"),
  action: fc.constantFrom("send", "find"),
  hold: fc.boolean(),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom("no-match", "failed-match", "unreadable") },
  ),
  replies: fc.array(fc.constantFrom<Reply>(200, 200, 400, 429, 500, 503, 401), { minLength: 1, maxLength: 3 }),
});

const run = fc.record({
  items: fc.array(item, { minLength: 1, maxLength: 12 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  /** After so many arrivals the time is up. */
  arrivals: fc.integer({ min: 1, max: 15 }),
  lettersFail: fc.boolean(),
});

test("every delivery is accepted, a dead letter, or of a record that comes again; what comes again provably did not happen", async () => {
  await fc.assert(
    fc.asyncProperty(run, async ({ items, concurrency, arrivals, lettersFail }) => {
      const services = ["sink", "other"].map((name) => (url: string) => openSink(name, url, { concurrency }));
      const it = await bench({ services });
      try {
        const named = items.map(({ service, action, hold, key, kind }, index) => ({
          service,
          action,
          hold,
          name: `n${index}`,
          ...(key === undefined ? {} : { key }),
          ...(kind === undefined ? {} : { kind }),
        }));
        const accepted = new Set<string>();
        for (const [index, { replies }] of items.entries()) it.far.script(`n${index}`, ...replies);
        it.far.retryAfterMs = 600_000;
        it.far.onArrival = () => {
          if (it.far.arrivals.length >= arrivals) it.left = 0;
        };
        it.takesLetters = !lettersFail;
        const from = (await it.invoke(named)) ?? Infinity;

        const mayHaveHappened = new Set(named.map(({ name }) => name).filter((name) => it.far.wasTaken(name) || it.far.wasDoubtful(name)));
        const begun = new Set(it.far.names().map((name) => name.replace("look-", "")));
        const lettered = new Set(
          it.letters.map(
            ({ args, event, record }) => args?.["name"] ?? event?.after?.["name"] ?? (record as { eventID: string }).eventID.slice(6),
          ),
        );
        for (const [index, { name, kind }] of named.entries()) {
          if (kind === "no-match") continue;
          const ended = lettered.has(name) || begun.has(name);
          expect(index >= from || ended, `${name} is lost`).toBe(true);
          if (index >= from && !lettersFail) expect(mayHaveHappened.has(name), `${name} comes again and may have happened`).toBe(false);
          expect(lettered.has(name) && index >= from, `${name} is a dead letter and comes again`).toBe(false);
          if (begun.has(name) && !lettered.has(name) && index < from) accepted.add(name);
        }
        for (const name of accepted) expect(it.far.wasTaken(name), `${name} is neither taken nor a dead letter`).toBe(true);
        for (const name of it.far.names())
          if (lettered.has(name)) expect(it.far.wasTaken(name), `${name} is taken and a dead letter`).toBe(false);
      } finally {
        await it.close();
      }
    }),
    { numRuns: 60 },
  );
});
