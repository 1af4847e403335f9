/** A process in which an engine ends: it must then end by itself, at once. */
import type { Receipt } from "@backstitch/core/connector";
import { emptyMemory, memoryJournal } from "@backstitch/journals/memory";
import { openService, runEngine } from "@backstitch/core/runtime";
import { farSide } from "./far-side.ts";
import { askedByRow } from "./rules.ts";
import { handSource } from "./source.ts";

const [, , how] = process.argv;
const memory = emptyMemory();
const journal = memoryJournal({ memory });
const far = farSide();
const source = handSource("shop");
const service = openService({ name: "box", connector: far.connector, config: {}, concurrency: 1 }, () => () => []);
const stop = new AbortController();
const gate = Promise.withResolvers<Receipt>();
far.answer = () => {
  // Two are under way or wait; the engine ends while they do.
  if (how === "failed") memoryJournal({ memory });
  else stop.abort();
  setTimeout(gate.resolve, 10, {});
  return gate.promise;
};
source.commit({ lane: "a", action: "send" }, { lane: "b", action: "send" });
const engine = runEngine({
  sources: [source],
  rules: () => askedByRow,
  services: () => new Map([["box", service]]),
  journal,
  signal: stop.signal,
});
await engine.then(
  () => console.log("stopped"),
  () => console.log("failed"),
);
