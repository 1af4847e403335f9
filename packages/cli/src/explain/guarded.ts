import { LINK } from "@backstitch/core/connector";
import { argsBeforehand, argsForPeople, type Guard } from "@backstitch/core/rules";
import { isRow, type Row } from "@backstitch/core/values";
import type { Project } from "@backstitch/project";
import { argsSchemaOf } from "../mask.ts";
import type { ExplainedPart, ExplainedThen, Explanation } from "@backstitch/rules";

/** What an entry asks for, with what its service's guards say of that; undefined: it has none, or the arguments cannot be rendered. */
export interface GuardedPart extends ExplainedPart {
  readonly guard: ReturnType<Guard["permits"]> | undefined;
  readonly links: readonly GuardedLink[];
}

/** A link in the arguments, and what the guards of the service that makes it say. */
export interface GuardedLink {
  readonly name: string;
  readonly service: string;
  readonly with: Row;
  readonly guard: GuardedPart["guard"];
}

export interface GuardedThen extends ExplainedThen {
  readonly parts: readonly GuardedPart[];
}

export interface GuardedExplanation extends Explanation {
  readonly then: readonly GuardedThen[];
}

/** The guards as they are now, as an attempt would ask them. */
export function withGuards(explanation: Explanation, services: Project["services"]): GuardedExplanation {
  const then = explanation.then.map((entry): GuardedThen => {
    const service = services.find(({ name }) => name === entry.service);
    const schema = argsSchemaOf(services, entry) ?? {};
    const parts = entry.parts.map((part) => {
      if (part.args === undefined) return { ...part, guard: undefined, links: [] };
      const { args, links = {} } = argsForPeople(part.args);
      return {
        ...part,
        args,
        guard: service?.guard?.permits(entry.action, argsBeforehand(part.args, schema)),
        links: guardedLinks(links, services),
      };
    });
    return { ...entry, parts };
  });
  return { ...explanation, then };
}

function guardedLinks(links: Row, services: Project["services"]): readonly GuardedLink[] {
  return Object.entries(links).flatMap(([name, link]) => {
    if (!isRow(link) || typeof link["service"] !== "string" || !isRow(link["with"])) return [];
    const { service, with: args } = link;
    const guard = services.find((one) => one.name === service)?.guard?.permits(LINK, args);
    return [{ name, service, with: args, guard }];
  });
}
