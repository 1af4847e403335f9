import { pino, type Logger } from "pino";
import { isLapse } from "@backstitch/core/journal";
import type { Observer } from "@backstitch/core/runtime";
import { type SnapshotState, snapshotState } from "@backstitch/sources/postgres/snapshots";
import { Quit } from "../quit.ts";

const LEVELS = [...Object.values(pino.levels.labels), "silent"];

/** Structured lines on standard output, for machines and for `jq`; each with the worker's name, where it has one. @throws Quit where there is no such level. */
export function createLog(level: string, worker?: string): Logger {
  if (!LEVELS.includes(level)) throw new Quit(`BACKSTITCH_LOG_LEVEL is "${level}"; it must be one of ${LEVELS.join(", ")}.`);
  return pino(
    { level, base: worker === undefined ? null : { worker }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 1, sync: true }),
  );
}

function logSnapshot(log: Logger, source: string, { id, collection, state, rows, reason }: SnapshotState): void {
  log[state === "failed" ? "error" : "info"]({ source, snapshot: id, collection, state, rows, reason }, "snapshot");
}

/** One line an outcome, with the words of the design as field names. Arguments and row values are never logged: they hold recipients. */
export function logObserver(log: Logger): Observer {
  const warned = new Set<string>();
  return {
    recorded(batch, { deliveries, failures, undecided }) {
      const counts = { events: batch.events.length, deliveries: deliveries.length, failures: failures.length, undecided: undecided.length };
      const { source, partition, from, to } = batch;
      const snapshot = snapshotState(partition, to);
      // How far a snapshot is says a row's key.
      log.debug({ source, partition, ...(snapshot === undefined && { position: to }), ...counts }, "recorded");
      if (snapshot !== undefined && (from === undefined || snapshot.state !== "reading")) logSnapshot(log, source, snapshot);
      for (const { eventId, rule, then, code, reason } of failures) log.warn({ event: eventId, rule, then, code, reason }, "match failed");
    },
    settled({ id, eventId, rule, then, service, action, attempts }, outcome, next, tookMs) {
      const took = tookMs === undefined ? {} : { tookMs: Math.round(tookMs * 10) / 10 };
      const attempt = tookMs === undefined && !isLapse(outcome) ? {} : { attempt: attempts + 1, ...took };
      const fields = { delivery: id, event: eventId, rule, then, service, action, outcome: outcome.kind, state: next.state, ...attempt };
      if (outcome.kind === "accepted") log.info({ ...fields, receipt: outcome.receipt.id }, "delivered to service");
      else log.warn({ ...fields, code: outcome.code, reason: outcome.reason, ...dueOf(next) }, "not delivered");
    },
    learned({ service, deliveryId: delivery, standing, code }, learned) {
      log.info({ service, delivery, standing, code, learned }, "receipt");
    },
    serviceRests(service, { kind, code, reason }, until) {
      log[kind === "locked-out" ? "error" : "warn"](
        { service, outcome: kind, code, reason, until: new Date(until).toISOString() },
        "service rests",
      );
    },
    serviceResumed: (service) => log.info({ service }, "service resumed"),
    paused: (pauses) =>
      log.warn({ paused: pauses.map(({ since, ...rest }) => ({ ...rest, since: new Date(since).toISOString() })) }, "paused"),
    sourceState(source, state, reason) {
      log[state === "stopped" ? "error" : state === "retrying" ? "warn" : "info"]({ source, state, reason }, "source");
    },
    sourceLag(source, lag) {
      // What is not known has not ended.
      if (lag === undefined || warned.has(source) === (lag.warning !== undefined)) return;
      if (warned.delete(source)) return log.info({ source, kept: lag.kept }, "source keeps little again");
      warned.add(source);
      log.warn({ source, kept: lag.kept, reason: lag.warning }, "source keeps much");
    },
    journalFull(reason) {
      if (reason === undefined) log.info("journal has room again");
      else log.error({ reason }, "journal is full: reading is paused, nothing is lost");
    },
  };
}

function dueOf(next: object): { due?: string } {
  return "dueAt" in next && typeof next.dueAt === "number" ? { due: new Date(next.dueAt).toISOString() } : {};
}
