import type { Outcome } from "@backstitch/core/connector";
import type { ClaimedDelivery, NextState } from "@backstitch/core/journal";
import { argsForPeople } from "@backstitch/core/rules";
import type { Observer } from "@backstitch/core/runtime";
import type { ChangeEvent } from "@backstitch/core/source";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";
import { colours as pc } from "../colours.ts";
import { maskRecipients } from "../mask.ts";
import { pauseSentence } from "../pauses.ts";
import { eventName } from "./event-name.ts";

/** How many events are remembered for the lines of their deliveries. */
const MOST_REMEMBERED = 10_000;
const WIDEST_GIST = 96;

/** Prints each event, what matched and what was sent, one readable line each. */
export function lineObserver(project: () => Project, print: (line: string) => void): Observer {
  const names = new Map<string, string>();
  const nameOf = (eventId: string): string => names.get(eventId) ?? "an earlier event";
  return {
    recorded({ events }, { deliveries, failures, undecided }) {
      const matched = Map.groupBy(deliveries, ({ eventId }) => eventId);
      for (const event of events) {
        remember(names, event);
        const rules = [...new Set(matched.get(event.id)?.map(({ rule }) => rule))];
        print(
          `${pc.cyan("●")} ${pc.dim(event.committedAt.slice(11, 23))} ${nameOf(event.id)} ${rules.length === 0 ? pc.dim("→ no rule matches") : `→ ${rules.map((rule) => pc.bold(rule)).join(", ")}`}`,
        );
      }
      for (const { eventId, rule, code, reason } of failures) print(`  ${pc.red("✗")} ${nameOf(eventId)} → ${rule}: ${code} ${reason}`);
      for (const { eventId, rule, then, paths } of undecided) {
        const what = then === undefined ? rule : `${rule} → ${then}`;
        print(`  ${pc.yellow("?")} ${nameOf(eventId)} → ${what}: undecided, ${paths.join(", ")} was not sent by the source`);
      }
    },
    settled(delivery, outcome, next) {
      print(
        `  ${mark(outcome)} ${nameOf(delivery.eventId)} → ${delivery.rule} → ${delivery.service}.${delivery.action}  ${gist(delivery, project())}  ${end(outcome, next)}`,
      );
    },
    serviceRests: (service, { reason }, until) =>
      print(`${pc.yellow("‖")} ${service} rests until ${new Date(until).toLocaleTimeString()}: ${reason}`),
    serviceResumed: (service) => print(`${pc.green("▸")} ${service} goes on`),
    paused: (pauses) =>
      print(
        pauses.length === 0
          ? `${pc.green("▸")} nothing is paused`
          : pauses.map((one) => `${pc.yellow("‖")} ${pauseSentence(one)}`).join("\n"),
      ),
    sourceState(source, state, reason) {
      if (state !== "reading") print(`${pc.yellow("!")} source ${source}: ${state}${reason === undefined ? "" : `: ${reason}`}`);
    },
    journalFull: (reason) => print(reason === undefined ? "The journal has room again." : `${pc.red("!")} ${reason}`),
  };
}

function remember(names: Map<string, string>, event: ChangeEvent): void {
  const [oldest] = names.keys();
  if (names.size >= MOST_REMEMBERED && oldest !== undefined) names.delete(oldest);
  names.set(event.id, eventName(event));
}

function mark({ kind }: Outcome): string {
  return kind === "accepted" ? pc.green("✓") : kind === "rejected" ? pc.red("✗") : pc.yellow("…");
}

function end(outcome: Outcome, next: NextState): string {
  if (outcome.kind === "accepted") return pc.green("accepted");
  const due = "dueAt" in next ? `; again at ${new Date(next.dueAt).toLocaleTimeString()}` : "";
  if (next.state === "expired") return `${pc.red("expired")}: ${outcome.reason}`;
  return `${outcome.kind === "rejected" ? pc.red("rejected") : pc.yellow(outcome.kind)} ${outcome.code}: ${outcome.reason}${due}`;
}

/** What was sent, in a few words: the text, the mail's subject, the object's key, the event's detail. */
function gist({ service, action, args }: ClaimedDelivery, project: Project): string {
  const connector = project.services.find(({ name }) => name === service)?.connector;
  const masked = maskRecipients(argsForPeople(args).args, connector?.actions[action]?.args) as Row;
  const shown = GISTS[connector?.type ?? ""]?.(masked) ?? plain(masked);
  return shown.length > WIDEST_GIST ? `${shown.slice(0, WIDEST_GIST - 1)}…` : shown;
}

const GISTS: { readonly [type: string]: (args: Row) => string } = {
  eventbridge: ({ detailType, detail }) => `${plain(detailType)} ${plain(detail)}`,
  http: ({ method, path }) => `${plain(method ?? "POST")} ${plain(path)}`,
  s3: ({ key }) => plain(key),
  ses: ({ to, subject }) => `to ${plain(to)}: "${plain(subject)}"`,
  twilio: ({ to, body }) => `to ${plain(to)}: "${plain(body)}"`,
};

function plain(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  if (isList(value)) return value.map(plain).join(", ");
  if (isRow(value))
    return `{${Object.entries(value)
      .map(([name, item]) => `${name}: ${plain(item)}`)
      .join(", ")}}`;
  return String(value);
}
