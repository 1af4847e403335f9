import { encodeValue, rowFrom, type Value } from "@backstitch/core/values";
import type { ArgumentForm, Piece, TemplateForm } from "../arguments/form.ts";
import { compileFiles, hashOf } from "../compile-rules.ts";
import type { Condition } from "../condition/form.ts";
import { partsOf } from "../condition/size-of.ts";
import type { RuleFiles } from "../files.ts";
import type { GuardForm } from "../guard/make-guard.ts";
import type { Path } from "../path/resolve-path.ts";
import type { RuleForm, ThenForm } from "../rule/form.ts";
import type { Catalogue } from "../rule/rule-context.ts";
import { isPlain } from "../template/plain-template.ts";
import type { EncodedArgument, EncodedPiece, EncodedRule, EncodedRules, EncodedThen } from "./encoded.ts";
import { encodeCondition, type PlaceOf } from "./encode-condition.ts";

export type { GuardForm } from "../guard/make-guard.ts";

/** Rules and guards that were compiled without a problem, as a text. */
export interface BuiltRules {
  /** What `openRules` reads. */
  readonly text: string;
  readonly needs: readonly Need[];
  /** The services that make links for others. */
  readonly linking: readonly string[];
}

/**
 * What `openRules` must be given: `liquid`, where there is more in a template than text and plain paths; `regex`, where a condition has a pattern;
 * `index`, where there are so many rules that it is worth the time that it takes to be loaded and made.
 */
export type Need = "liquid" | "regex" | "index";

/** Showing an event to so many rules takes less than a tenth of a millisecond; an index takes some to be made. */
const FEW = 100;

const NEEDS: readonly Need[] = ["liquid", "regex", "index"];

/**
 * Compiles rules once and for all.
 * @param guards By service: what `compileGuards` lowered them to.
 * @throws RangeError where a condition names facts or operators of a developer's own.
 */
export function buildRules(files: RuleFiles, catalogue: Catalogue, guards: ReadonlyMap<string, readonly GuardForm[]>): BuiltRules {
  const forms: RuleForm[] = [];
  const { compiled, around } = compileFiles(files, catalogue, { forms });
  const { paths, placeOf } = pathTable();
  const needsLiquid = forms.some(({ then }) =>
    then.some(({ args, links = [] }) => [args, ...links.map((link) => link.args)].some(asksLiquid)),
  );
  const encoded: EncodedRules = {
    hash: hashOf(compiled, files),
    values: around.values,
    rules: forms.map((form) => encodeRule(form, placeOf)),
    guards: rowFrom([...guards].map(([service, list]) => [service, list.map((form) => encodeGuard(form, placeOf))] as const)),
    turns: rowFrom(catalogue.turns ?? []),
    templates: rowFrom(needsLiquid ? around.templates : []),
    paths,
  };
  const conditions = [...forms.flatMap(conditionsOf), ...[...guards.values()].flat().map(({ condition }) => condition)];
  const needs = { liquid: needsLiquid, regex: conditions.some(asksRegex), index: forms.length > FEW };
  const linking = forms.flatMap(({ then }) => then.flatMap(({ links = [] }) => links.map(({ service }) => service)));
  return { text: encodeValue(encoded as unknown as Value), needs: NEEDS.filter((need) => needs[need]), linking: [...new Set(linking)] };
}

function pathTable(): { readonly paths: readonly (readonly string[])[]; readonly placeOf: PlaceOf } {
  const paths: (readonly string[])[] = [];
  const places = new Map<string, number>();
  const placeOf = ({ root, segments }: Path): number => {
    const path = [root, ...segments];
    const key = JSON.stringify(path);
    const place = places.get(key) ?? paths.push(path) - 1;
    places.set(key, place);
    return place;
  };
  return { paths, placeOf };
}

function encodeRule({ summary, when, then }: RuleForm, placeOf: PlaceOf): EncodedRule {
  return { summary, when: encodeCondition(when, placeOf), then: then.map((form) => encodeThen(form, placeOf)) };
}

function encodeThen(form: ThenForm, placeOf: PlaceOf): EncodedThen {
  const { order, when, each, args, links } = form;
  return {
    ...form,
    order: typeof order === "string" ? order : { by: placeOf(order.by) },
    when: when && encodeCondition(when, placeOf),
    each: each && placeOf(each),
    args: encodeArgument(args, placeOf),
    links: links?.map((link) => ({ ...link, args: encodeArgument(link.args, placeOf) })),
  };
}

function encodeGuard({ condition, ...guard }: GuardForm, placeOf: PlaceOf) {
  return { ...guard, condition: encodeCondition(condition, placeOf) };
}

function encodeArgument(form: ArgumentForm, placeOf: PlaceOf): EncodedArgument {
  switch (form.kind) {
    case "constant":
      return form;
    case "path":
      return { kind: "path", path: placeOf(form.path) };
    case "list":
      return { kind: "list", items: form.items.map((item) => encodeArgument(item, placeOf)) };
    case "row":
      return { kind: "row", entries: form.entries.map(([name, item]) => [name, encodeArgument(item, placeOf)] as const) };
    case "template":
      return encodeTemplate(form, placeOf);
  }
}

function encodeTemplate(form: TemplateForm, placeOf: PlaceOf): EncodedArgument {
  const { text, reads, pieces } = form;
  const encoded = pieces?.map((piece) => encodePiece(piece, placeOf));
  return { kind: "template", text: isPlainTemplate(form) ? "" : text, reads: reads.map(placeOf), pieces: encoded };
}

function encodePiece(piece: Piece, placeOf: PlaceOf): string | EncodedPiece {
  return typeof piece === "string" ? piece : { ...piece, path: placeOf(piece.path) };
}

function isPlainTemplate({ pieces }: TemplateForm): boolean {
  return pieces !== undefined && isPlain(pieces);
}

function asksLiquid(form: ArgumentForm): boolean {
  switch (form.kind) {
    case "constant":
    case "path":
      return false;
    case "list":
      return form.items.some(asksLiquid);
    case "row":
      return form.entries.some(([, item]) => asksLiquid(item));
    case "template":
      return !isPlainTemplate(form);
  }
}

function conditionsOf({ when, then }: RuleForm): readonly Condition[] {
  return [when, ...then.flatMap((entry) => entry.when ?? [])];
}

function asksRegex(condition: Condition): boolean {
  return (condition.kind === "test" && condition.operator === "$regex") || partsOf(condition).some(asksRegex);
}
