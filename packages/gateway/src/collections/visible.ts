import { specialise, type Asker, type CollectionRules, type Condition, type FieldPermission, type Role } from "@backstitch/rules/roles";

/** What only a document itself can tell, and no statement. */
export type Narrowing = Condition | { readonly kind: "unknown" };

/** What is known of an asker's rights before any document is looked at. */
export interface Rights {
  /** True of every document of which the asker may read something; it may be true of others. */
  readonly visible: Narrowing;
  /** Whether a field can be read in every document that is visible: only then may a statement look at it for the asker. */
  canAlwaysRead(field: string): boolean;
}

const TRUE: Condition = { kind: "const", value: true };
const UNKNOWN: Narrowing = { kind: "unknown" };

/** A list asks twice in a row, for its order and for its rows. In a WeakMap each would live on until V8 collects old objects. */
let latest: { readonly rules: CollectionRules; readonly asker: Asker; readonly rights: Rights } | undefined;

/** @param fields Of every document. */
export function rightsOf(rules: CollectionRules, asker: Asker, fields: readonly string[]): Rights {
  if (latest?.asker === asker && latest.rules === rules) return latest.rights;
  const rights = findRights(rules, asker, fields);
  latest = { rules, asker, rights };
  return rights;
}

function findRights(rules: CollectionRules, asker: Asker, fields: readonly string[]): Rights {
  const of = (condition: Role["read"]): Condition | undefined => condition && specialise(condition, asker);
  const filters = rules.filters.filter(({ applyWhen }) => isTrue(specialise(applyWhen, asker)));
  const roles = possible(rules, asker);
  const hidden = new Set(filters.flatMap(({ without }) => without));
  const visible = roles.map(({ role, applyWhen }, index): Narrowing => {
    const earlier = roles.slice(0, index).map((one): Condition => ({ kind: "not", condition: one.applyWhen }));
    const inFilters = role.documentFilters === undefined ? TRUE : either(of(role.documentFilters.read), of(role.documentFilters.write));
    return all([applyWhen, ...earlier, inFilters, readableUnder(role, of, fields)]);
  });
  return {
    visible: all([...filters.map(({ query }) => specialise(query, asker)), anyOf(visible)]),
    canAlwaysRead: (field) => !hidden.has(field) && roles.every(({ role }) => isAlwaysReadable(role, field, of)),
  };
}

interface PossibleRole {
  readonly role: Role;
  readonly applyWhen: Condition;
}

/** Those that may apply to some document: none after the first that applies to every one. */
function possible({ roles }: CollectionRules, asker: Asker): readonly PossibleRole[] {
  const found: PossibleRole[] = [];
  for (const role of roles) {
    const applyWhen = specialise(role.applyWhen, asker);
    if (applyWhen.kind === "const" && !applyWhen.value) continue;
    found.push({ role, applyWhen });
    if (isTrue(applyWhen)) break;
  }
  return found;
}

type Specialised = (condition: Role["read"]) => Condition | undefined;

function readableUnder(role: Role, of: Specialised, fields: readonly string[]): Narrowing {
  const read = of(role.read);
  const write = of(role.write);
  if (read !== undefined || isTrue(write)) return either(read, write);
  if (role.fields === undefined && role.additionalFields === undefined) return write ?? { kind: "const", value: false };
  return fields.some((field) => isReadable(permissionOf(role, field), of)) ? TRUE : UNKNOWN;
}

function isAlwaysReadable(role: Role, field: string, of: Specialised): boolean {
  // Then a document is read whole or not at all.
  if (role.read !== undefined || isTrue(of(role.write))) return true;
  return isReadable(permissionOf(role, field), of);
}

function permissionOf({ fields, additionalFields }: Role, field: string): FieldPermission | undefined {
  return fields?.get(field) ?? additionalFields;
}

function isReadable(permission: FieldPermission | undefined, of: Specialised): boolean {
  return permission !== undefined && (isTrue(of(permission.read)) || isTrue(of(permission.write)));
}

function isTrue(condition: Condition | undefined): boolean {
  return condition?.kind === "const" && condition.value;
}

function either(one: Condition | undefined, other: Condition | undefined): Condition {
  return { kind: "or", any: [one, other].filter((condition) => condition !== undefined) };
}

/** A part that no statement can tell leaves the others to narrow. */
function all(parts: readonly Narrowing[]): Narrowing {
  return { kind: "and", all: parts as readonly Condition[] };
}

function anyOf(parts: readonly Narrowing[]): Narrowing {
  return { kind: "or", any: parts as readonly Condition[] };
}
