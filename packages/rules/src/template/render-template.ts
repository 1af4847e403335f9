import { Context, LiquidError, toValueSync, UndefinedVariableError } from "liquidjs";
import type { Facts } from "../facts/facts.ts";
import { ArgumentFault, LONGEST_QUOTE } from "./fault.ts";
import { countedEmitter } from "./tags.ts";
import type { ParsedTemplate } from "./parse-template.ts";

/** A piece of what Liquid parsed. */
interface Token {
  /** The whole of it: a template, or an expression that a filter was given, which may be a value. */
  readonly input: string;
  getText(): string;
}

function isWritten({ input }: Token, { text, liquid }: ParsedTemplate): boolean {
  return input === text || Object.values(liquid.options.templates ?? {}).includes(input);
}

/** @throws ArgumentFault */
export function renderByLiquid(parsed: ParsedTemplate, facts: Facts): string {
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
  const written = token !== undefined && isWritten(token, parsed) ? token.getText().slice(0, LONGEST_QUOTE) : undefined;
  const text = written ?? "the template";
  if (error instanceof UndefinedVariableError)
    return new ArgumentFault("TEMPLATE_FAILED", `${written ?? "something that a filter of the template reads"} is missing`);
  if (originalError instanceof ArgumentFault) return new ArgumentFault(originalError.code, `${text}: ${originalError.message}`);
  const said = LiquidError.is(error) && originalError instanceof Error ? originalError.message : "";
  if (/render limit exceeded/.test(said)) return new ArgumentFault("TEMPLATE_FAILED", `${text} takes too long`);
  if (/limit exceeded/.test(said)) return new ArgumentFault("TEMPLATE_FAILED", `${text} makes too much text or loops too often`);
  return new ArgumentFault("TEMPLATE_FAILED", `${text} failed (${originalError instanceof Error ? originalError.name : "Error"})`);
}
