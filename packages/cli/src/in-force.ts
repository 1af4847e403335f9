import type { Journal } from "@backstitch/core/journal";
import type { RuleSet } from "@backstitch/core/rules";
import type { Services } from "@backstitch/core/runtime";
import type { Project } from "@backstitch/project";
import { openServices } from "./open-project.ts";

/** The rules and services in force: a reload swaps both at once, between two batches. */
export interface InForce {
  rules(): RuleSet;
  services(): Services;
  /** Puts a changed project in force. Says in sentences what a person should know of it. */
  swap(project: Project, journal: Journal): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Services that were replaced may still have attempts under way; they are closed after this. */
const CLOSE_AFTER_MS = 60_000;
const MOST_COUNTED = 1_000;

export function putInForce(first: Project): InForce {
  let project = first;
  let services = openServices(project);
  const retired = new Set<Services>();
  return {
    rules: () => project.ruleSet,
    services: () => services,
    async swap(next, journal) {
      const news = [...sourcesChanged(project, next), ...(await orphans(project, next, journal))];
      const old = services;
      retired.add(old);
      project = next;
      services = openServices(next);
      setTimeout(() => void closeAll(old).then(() => retired.delete(old)), CLOSE_AFTER_MS).unref();
      return news;
    },
    async close() {
      await Promise.all([services, ...retired].map(closeAll));
    },
  };
}

async function closeAll(services: Services): Promise<void> {
  await Promise.allSettled([...services.values()].map((service) => service.close()));
}

function sourcesChanged(from: Project, to: Project): string[] {
  const names = (project: Project): string => JSON.stringify(project.sources.map(({ name, type, config }) => [name, type, config]));
  return names(from) === names(to) ? [] : ["The sources changed: restart to read them."];
}

/** What is pending goes on under the arguments it was recorded with, even where its rule is gone. */
async function orphans(from: Project, to: Project, journal: Journal): Promise<string[]> {
  const kept = new Set(to.ruleSet.rules.map(({ name }) => name));
  const gone = from.ruleSet.rules.filter(({ name }) => !kept.has(name));
  const states = ["pending", "claimed", "started", "waiting", "uncertain", "held"] as const;
  const sentences: string[] = [];
  for (const { name } of gone) {
    const { length } = await journal.deliveries({ rule: name, states, limit: MOST_COUNTED });
    const pending = length < MOST_COUNTED ? `${length} deliver${length === 1 ? "y" : "ies"}` : `${MOST_COUNTED} or more deliveries`;
    sentences.push(`Rule "${name}" is gone; ${pending} of it will still be made.`);
  }
  return sentences;
}
