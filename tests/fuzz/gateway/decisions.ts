import { canonicalText, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { askedPaths, changedPaths, patchOf, replacementOf, revisedBy, sightOf } from "@backstitch/gateway/changes";
import { compileCollection, mayWrite, readable, type Asker, type CollectionRules } from "@backstitch/rules/roles";
import { createRandom, type Random } from "../../support/random.ts";
import { chance, pick } from "../mingo-values.ts";
import { printed } from "../ours.ts";
import { mayChange, mayRead, mayRevise, type ReferenceWrite } from "./reference.ts";
import { askerOf, changedOf, documentOf, rolesFile, VALUES } from "./roles.ts";
import type { RolesFile } from "./roles-file.ts";

/** What a run of the fuzzer ends with. */
export interface GatewayResult {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
  readonly differences: number;
}

export interface GatewayFuzz {
  readonly count: number;
  readonly seed: number;
  /** Is told every difference. */
  readonly tell: (text: string) => void;
}

const DOCUMENTS = 6;
const ASKERS = 4;
const VALUE_FILES = Object.entries(VALUES).map(([name, value]) => ({ path: `values/${name}.json`, text: printed(value) }));

/** Random roles, documents, askers and requests: what is permitted is what the reference permits. */
export function fuzzDecisions({ count, seed, tell }: GatewayFuzz): GatewayResult {
  let tried = 0;
  let differences = 0;
  for (let index = 0; tried < count; index += 1) {
    const random = createRandom(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b));
    const file = rolesFile(random);
    const rules = compiled(JSON.stringify(file));
    const askers = Array.from({ length: ASKERS }, () => askerOf(random));
    for (let made = 0; made < DOCUMENTS; made += 1) {
      const document = documentOf(random);
      const writes = writesOf(random, document);
      const bodies = [document, ...Array.from({ length: 4 }, () => bodyOf(random, document))];
      for (const asker of askers) {
        for (const write of writes) {
          tried += 1;
          const difference = differing({ file, rules, asker }, write);
          if (difference === undefined) continue;
          differences += 1;
          if (differences <= 10) tell(difference);
        }
        for (const given of bodies) {
          tried += 1;
          const difference = revisedOtherwise({ file, rules, asker }, document, given);
          if (difference === undefined) continue;
          differences += 1;
          if (differences <= 10) tell(difference);
        }
      }
    }
  }
  return { name: "decisions", count: tried, seed, differences };
}

/** A read is a write that leaves everything as it is. */
function writesOf(random: Random, document: Row): readonly ReferenceWrite[] {
  const after = changedOf(random, document);
  const names = (row: Row): readonly string[] => Object.keys(row);
  return [
    { before: document, after: document, changed: [] },
    { before: undefined, after: document, changed: changedPaths(rowFrom<never>([]), document, names(document)) },
    { before: document, after, changed: changedPaths(document, after, [...new Set([...names(document), ...names(after)])]) },
    { before: document, after: undefined, changed: [] },
  ];
}

/** One or two fields, most often as they are; in a patch null removes. */
function bodyOf(random: Random, document: Row): Row {
  const from = chance(random, 60) ? document : changedOf(random, document);
  const names = Object.keys(from);
  return rowFrom(
    names.length === 0
      ? []
      : Array.from({ length: 1 + random.below(2) }, () => {
          const name = chance(random, 90) ? pick(random, names) : "gone";
          return [name, Object.hasOwn(from, name) && chance(random, 85) ? (from[name] as Value) : null] as const;
        }),
  );
}

/** @param file Its text. */
export function compiled(file: string): CollectionRules {
  const { rules, problems } = compileCollection(
    { path: "collections/things.json", text: file },
    { conditions: [], values: VALUE_FILES, validate: () => () => [] },
  );
  if (rules === undefined) throw new Error(`${problems.map(({ message }) => message).join("\n")}\n${file}`);
  return rules;
}

interface Asked {
  readonly file: RolesFile;
  readonly rules: CollectionRules;
  readonly asker: Asker;
}

/** Undefined: both say the same. */
function differing({ file, rules, asker }: Asked, write: ReferenceWrite): string | undefined {
  const names = { ...asker };
  const { before, after } = write;
  const isRead = before === after && before !== undefined;
  const ours = isRead ? textOf(readable(rules, asker, before)) : String(mayWrite(rules, asker, write).allowed);
  const theirs = isRead ? textOf(mayRead(file, names, before)) : String(mayChange(file, names, write));
  if (ours === theirs) return undefined;
  const asked = Object.entries({ file, user: asker.user, request: asker.request, before, after, changed: write.changed });
  return [
    `${isRead ? "Reading" : "Writing"}: ours says ${ours}, the reference ${theirs}`,
    ...asked.map(([name, value]) => `  ${name} ${JSON.stringify(value)}`),
  ].join("\n");
}

/** What was read, put back, leaves all as it is; and of a patch and a replacement by the same body both say the same. */
function revisedOtherwise({ file, rules, asker }: Asked, before: Row, given: Row): string | undefined {
  const names = { ...asker };
  const shown = mayRead(file, names, before);
  if (shown === undefined) return undefined;
  for (const [way, revisionOf, body] of [
    ["patch", patchOf, given],
    ["replace", replacementOf, given],
    ["put back", replacementOf, shown],
  ] as const) {
    const revision = revisionOf("document", body);
    const revised = revisedBy(before, sightOf(rules, asker, before, revision), revision);
    const { document: after, fields } = revised;
    const changed = askedPaths(before, after, revised);
    const ours = fields.length === 0 || mayWrite(rules, asker, { before, after, changed }).allowed;
    const theirs = mayRevise(file, names, { before, shown, given: body, after, changed: changedPaths(before, after) });
    const isKept = way !== "put back" || (fields.length === 0 && textOf(after) === textOf(before));
    if (ours === theirs && isKept) continue;
    const asked = Object.entries({ file, user: asker.user, request: asker.request, before, shown, body, after, changed });
    return [
      `${way}: ours says ${ours}, the reference ${theirs}`,
      ...asked.map(([name, value]) => `  ${name} ${JSON.stringify(value)}`),
    ].join("\n");
  }
  return undefined;
}

function textOf(document: Row | undefined): string {
  return document === undefined ? "nothing" : canonicalText(document);
}
