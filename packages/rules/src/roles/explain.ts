import type { Row } from "@backstitch/core/values";
import type { CompiledCondition } from "../condition/compiled-condition.ts";
import { explainCondition } from "../explain/explain-condition.ts";
import type { ExplainedCondition } from "../explain/explanation.ts";
import { MOST_SHOWN_IN_ALL } from "../explain/look.ts";
import { roleFacts, type Facts } from "../facts/facts.ts";
import { holds, mayWrite, readable, readsBefore, roleOf, storedFacts, type Asker, type Decision, type Write } from "./decide.ts";
import type { CollectionRules, FieldPermission, Role } from "./form.ts";

/** One condition that took part in a decision. */
export interface AccessStep {
  /** Where it stands: `roles.owner.applyWhen`, `filters.mine.query`. */
  readonly what: string;
  /** Of which state of a document that is written it was asked. */
  readonly state: "stored" | "written";
  readonly when: ExplainedCondition;
}

/** Why somebody may read or write a document, or why not. Plain data; values of the document are in it as they are. */
export interface AccessExplanation {
  readonly allowed: boolean;
  /** One sentence. */
  readonly because: string;
  /** The role that decided; undefined: none applies. */
  readonly role: string | undefined;
  /** In the order in which they were asked. */
  readonly steps: readonly AccessStep[];
  /** The fields of the document that the asker may not read; undefined: they may read nothing of it. */
  readonly withheld: readonly string[] | undefined;
}

/** What somebody asks: to read a document as it is stored, or to write one. */
export type Access = { readonly read: Row } | { readonly write: Write };

/** Decides as the gateway does, and says which conditions were asked and what they found. */
export function explainAccess(rules: CollectionRules, asker: Asker, access: Access): AccessExplanation {
  const { before, after } = "read" in access ? { before: access.read, after: access.read } : access.write;
  const document = before ?? after ?? {};
  const stored = storedFacts(asker, document);
  const role = roleOf(rules, stored);
  const kept = readable(rules, asker, document);
  const decision = "read" in access ? decisionOf(role, kept) : mayWrite(rules, asker, access.write);
  const asked = role === undefined ? [] : [...new Map(askedOf(role, access).map((one) => [one.key, one])).values()];
  const written = roleFacts({ ...asker, root: after, prevRoot: before });
  return {
    allowed: decision.allowed,
    because: becauseOf(rules, role, decision),
    role: role?.name,
    steps: [
      ...filterSteps(rules, stored, document),
      ...applySteps(rules, role, stored),
      ...asked.flatMap(stepsIn(role, { stored, written, access })),
    ],
    withheld: kept && Object.keys(document).filter((name) => !Object.hasOwn(kept, name)),
  };
}

function decisionOf(role: Role | undefined, kept: Row | undefined): Decision {
  if (kept !== undefined) return { allowed: true };
  return {
    allowed: false,
    because: `the role ${JSON.stringify(role?.name)} lets nothing of the document be read, or a filter leaves it out`,
  };
}

function becauseOf(rules: CollectionRules, role: Role | undefined, decision: Decision): string {
  if (decision.allowed) return `Permitted by the role ${JSON.stringify(role?.name)}.`;
  return role === undefined
    ? `Denied: none of the ${rules.roles.length} roles applies to the document, or a filter leaves it out.`
    : `Denied: ${decision.because}.`;
}

interface AskedCondition {
  readonly key: string;
  readonly condition: CompiledCondition;
}

/** What the role says of such a request, in its order. */
function askedOf(role: Role, access: Access): readonly AskedCondition[] {
  const { documentFilters, read, write, insert, delete: remove } = role;
  const isRead = "read" in access;
  const fields = isRead ? Object.keys(access.read) : access.write.changed.map(([first = ""]) => first);
  const isDelete = !isRead && access.write.after === undefined;
  const isInsert = !isRead && access.write.before === undefined;
  return [
    ...(isRead ? named("documentFilters.read", documentFilters?.read) : []),
    ...named("documentFilters.write", documentFilters?.write),
    ...(isDelete ? named("delete", remove) : []),
    ...(isInsert ? named("insert", insert) : []),
    ...(isRead ? named("read", read) : []),
    ...(isDelete ? [] : named("write", write)),
    ...((isRead ? read : write) !== undefined || isDelete ? [] : [...new Set(fields)].flatMap((field) => ofField(role, field, isRead))),
  ];
}

function ofField({ fields, additionalFields }: Role, field: string, isRead: boolean): readonly AskedCondition[] {
  const own = fields?.get(field);
  const within = (permission: FieldPermission | undefined, at: string): readonly AskedCondition[] => [
    ...(isRead ? named(`${at}.read`, permission?.read) : []),
    ...named(`${at}.write`, permission?.write),
    ...[...(permission?.fields ?? [])].flatMap(([name, inner]) => within(inner, `${at}.fields.${name}`)),
  ];
  return own === undefined ? within(additionalFields, "additionalFields") : within(own, `fields.${field}`);
}

function named(key: string, condition: CompiledCondition | undefined): readonly AskedCondition[] {
  return condition === undefined ? [] : [{ key, condition }];
}

interface Deciding {
  readonly stored: Facts;
  readonly written: Facts;
  readonly access: Access;
}

function stepsIn(role: Role | undefined, { stored, written, access }: Deciding): (asked: AskedCondition) => readonly AccessStep[] {
  return ({ key, condition }) => {
    const what = `roles.${role?.name ?? ""}.${key}`;
    if ("read" in access) return [stepOf(what, "stored", condition, stored)];
    const { before, after } = access.write;
    const later = stepOf(what, "written", condition, written);
    if (before === undefined || after === undefined || readsBefore(condition)) return [later];
    return [stepOf(what, "stored", condition, { ...stored, prevRoot: before }), later];
  };
}

function applySteps({ roles }: CollectionRules, chosen: Role | undefined, facts: Facts): readonly AccessStep[] {
  const until = chosen === undefined ? roles.length : roles.indexOf(chosen) + 1;
  return roles.slice(0, until).map(({ name, applyWhen }) => stepOf(`roles.${name}.applyWhen`, "stored", applyWhen, facts));
}

function filterSteps({ filters }: CollectionRules, facts: Facts, document: Row): readonly AccessStep[] {
  return filters.flatMap(({ name, applyWhen, query }) => {
    const applies = stepOf(`filters.${name}.applyWhen`, "stored", applyWhen, facts);
    return holds(applyWhen, facts) ? [applies, stepOf(`filters.${name}.query`, "stored", query, { facts, element: document })] : [applies];
  });
}

function stepOf(what: string, state: AccessStep["state"], condition: CompiledCondition, asked: Facts | Within): AccessStep {
  const of = "facts" in asked ? asked : { facts: asked };
  return { what, state, when: explainCondition(condition, { ...of, consultations: new Map() }, { left: MOST_SHOWN_IN_ALL }).when };
}

/** A document whose fields stand without a root. */
interface Within {
  readonly facts: Facts;
  readonly element: Row;
}
