import { Context, LiquidError, toValueSync, TypeGuards, UndefinedVariableError, type Liquid, type Template } from "liquidjs";
import type { Lands } from "@backstitch/core/connector";
import type { Facts } from "../facts/facts.ts";
import { compileRead, compileUnsent } from "../facts/read.ts";
import { nameOfPath, resolveSegments, isPathFault, type Path, type Scope } from "../path/resolve-path.ts";
import { ArgumentFault } from "./fault.ts";
import { land, landWhole, textOf } from "./landing.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import { countedEmitter } from "./tags.ts";

export type RenderText = (facts: Facts) => string;

/**
 * Compiles a parsed template. Where it is only text and plain paths, it is rendered without Liquid's machinery,
 * which goes on from there whenever a value is anything but a scalar: the words of a failure are Liquid's alone.
 */
export function compileTemplate(parsed: ParsedTemplate, lands: Lands, scope: Scope): RenderText {
  const unsent = compileUnsentOf(parsed.reads);
  const slow = (facts: Facts): string => renderByLiquid(parsed, facts);
  const parts = simpleParts(parsed, scope);
  const pieces = parts === undefined ? slow : compileSimple(parts, lands, slow);
  // What the template itself says between the values must fit into a header too.
  const render: RenderText = lands === "header" ? (facts) => land(pieces(facts), lands) : pieces;
  if (unsent === undefined) return render;
  return (facts) => {
    unsent(facts);
    return render(facts);
  };
}

/** @throws ArgumentFault where the source did not send what is read. */
export function compileUnsentOf(reads: readonly Path[]): ((facts: Facts) => void) | undefined {
  const checks = reads.flatMap((path) => {
    const unsent = compileUnsent(path);
    return unsent === undefined ? [] : [{ unsent, name: nameOfPath(path) }];
  });
  if (checks.length === 0) return undefined;
  return (facts) => {
    if (facts.unsent.length === 0 && facts.before !== undefined && facts.changed !== undefined) return;
    const missing = checks.find(({ unsent }) => unsent(facts));
    if (missing !== undefined) throw new ArgumentFault("ARGUMENT_UNSENT", `the source did not send ${missing.name}`);
  };
}

type Part = string | ReturnType<typeof compileRead>;

function compileSimple(parts: readonly Part[], lands: Lands, slow: RenderText): RenderText {
  const put = parts.length === 1 ? landWhole : land;
  return (facts) => {
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") text += part;
      else {
        const value = part(facts, undefined);
        const printed = typeof value === "string" ? value : textOf(value);
        if (printed === undefined) return slow(facts);
        const landed = lands === "text" ? printed : tryLand(() => put(printed, lands));
        if (landed === undefined) return slow(facts);
        text += landed;
      }
    }
    return text;
  };
}

/** Undefined where the place cannot hold it: Liquid then says so in its own words. */
function tryLand(put: () => string): string | undefined {
  try {
    return put();
  } catch {
    return undefined;
  }
}

/** Undefined where there is more in the template than text and `{{ plain.paths }}`. */
function simpleParts({ templates, liquid }: ParsedTemplate, scope: Scope): readonly Part[] | undefined {
  const parts = templates.map((template) => simplePart(template, liquid, scope));
  return parts.includes(undefined) ? undefined : (parts as Part[]);
}

/** Liquid's own nodes, as far as they are looked into. */
interface Looked {
  readonly str?: unknown;
  readonly value?: {
    readonly initial?: { readonly postfix?: readonly unknown[] };
    readonly filters?: readonly { readonly handler?: unknown }[];
  };
}

function simplePart(template: Template, liquid: Liquid, scope: Scope): Part | undefined {
  const { str, value } = template as unknown as Looked;
  if (typeof str === "string") return str;
  const [token, more] = value?.initial?.postfix ?? [];
  const [filter, another] = value?.filters ?? [];
  // The escaping that every output ends with is a filter too; `raw` takes its place.
  if (
    more !== undefined ||
    another !== undefined ||
    filter?.handler !== liquid.options.outputEscape ||
    !TypeGuards.isOutputToken(template.token)
  )
    return undefined;
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return undefined;
  const segments = token.props.map((prop) => (TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) ? prop.content : undefined));
  if (segments.includes(undefined)) return undefined;
  const path = resolveSegments(segments as string[], scope);
  return isPathFault(path) || path.root === "changed" ? undefined : compileRead(path);
}

/** A piece of what Liquid parsed. */
interface Token {
  /** The whole of it: a template, or an expression that a filter was given, which may be a value. */
  readonly input: string;
  getText(): string;
}

function isWritten({ input }: Token, { text, liquid }: ParsedTemplate): boolean {
  return input === text || Object.values(liquid.options.templates ?? {}).includes(input);
}

function renderByLiquid(parsed: ParsedTemplate, facts: Facts): string {
  const { liquid, templates } = parsed;
  const globals = Object.assign(Object.create(null) as Record<string, unknown>, facts);
  for (const name of ["args", "action", "unsent", "missed", "verdicts"]) delete globals[name];
  const context = new Context({}, liquid.options, { sync: true, globals }, { liquid });
  const emitter = countedEmitter(context);
  try {
    toValueSync(liquid.renderer.renderTemplates([...templates], context, emitter) as unknown as Generator<unknown, string, unknown>);
  } catch (error) {
    throw faultOf(error, parsed);
  }
  return emitter.buffer;
}

/** Liquid's messages may quote values: only the template's own text is repeated. */
function faultOf(error: unknown, parsed: ParsedTemplate): ArgumentFault {
  const { originalError, token } = error as { originalError?: unknown; token?: Token };
  const written = token !== undefined && isWritten(token, parsed) ? token.getText().slice(0, 200) : undefined;
  const text = written ?? "the template";
  if (error instanceof UndefinedVariableError)
    return new ArgumentFault("TEMPLATE_FAILED", `${written ?? "something that a filter of the template reads"} is missing`);
  if (originalError instanceof ArgumentFault) return new ArgumentFault(originalError.code, `${text}: ${originalError.message}`);
  const said = LiquidError.is(error) && originalError instanceof Error ? originalError.message : "";
  if (/render limit exceeded/.test(said)) return new ArgumentFault("TEMPLATE_FAILED", `${text} takes too long`);
  if (/limit exceeded/.test(said)) return new ArgumentFault("TEMPLATE_FAILED", `${text} makes too much text or loops too often`);
  return new ArgumentFault("TEMPLATE_FAILED", `${text} failed (${originalError instanceof Error ? originalError.name : "Error"})`);
}
