import type { Journal } from "@backstitch/core/journal";
import type { RuleSet } from "@backstitch/core/rules";
import type { Services } from "@backstitch/core/runtime";
import type { Project } from "@backstitch/project";
import { openServices } from "./open-project.ts";
import { OPEN_STATES } from "./open-states.ts";

/** The rules and services in force: a reload swaps both at once, between two batches. */
export interface InForce {
  rules(): RuleSet;
  services(): Services;
  project(): Project;
  /**
   * Puts a changed project in force. Says in sentences what a person should know of it.
   * @param journal Undefined until it is open.
   */
  swap(project: Project, journal: Journal | undefined): Promise<readonly string[]>;
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
    project: () => project,
    async swap(next, journal) {
      const waiting = journal === undefined ? [] : await orphans(project, next, journal);
      const news = [...sourcesChanged(project, next), ...waiting];
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
  const names = ({ sources, webhooks }: Project): string =>
    JSON.stringify([sources.map(({ name, type, config }) => [name, type, config]), webhooks.map(({ name }) => name)]);
  return names(from) === names(to) ? [] : ["The sources changed: restart to read them."];
}

/** What is pending goes on under the arguments it was recorded with, even where its rule is gone; where its service is gone, nobody can make it. */
async function orphans(from: Project, to: Project, journal: Journal): Promise<string[]> {
  const sentences: string[] = [];
  for (const name of gone(from.ruleSet.rules, to.ruleSet.rules)) {
    sentences.push(`Rule "${name}" is gone; ${await pending(journal, { rule: name })} of it will still be made.`);
  }
  for (const name of gone(from.services, to.services)) {
    sentences.push(`Service "${name}" is gone; ${await pending(journal, { service: name })} to it will wait until it is there again.`);
  }
  return sentences;
}

function gone(from: readonly { readonly name: string }[], to: readonly { readonly name: string }[]): readonly string[] {
  const kept = new Set(to.map(({ name }) => name));
  return from.map(({ name }) => name).filter((name) => !kept.has(name));
}

async function pending(journal: Journal, whose: { readonly rule: string } | { readonly service: string }): Promise<string> {
  const { length } = await journal.deliveries({ ...whose, states: OPEN_STATES, limit: MOST_COUNTED });
  return length < MOST_COUNTED ? `${length} deliver${length === 1 ? "y" : "ies"}` : `${MOST_COUNTED} or more deliveries`;
}
