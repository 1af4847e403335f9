import { didYouMean } from "../json/index.ts";
import { compileTemplate } from "../template/render-template.ts";
import type { TemplateText } from "../template/parse-template.ts";
import { complain, type Argument, type ArgumentContext, type Written } from "./argument.ts";
import { naming } from "./naming.ts";
import { landsOf } from "./schema-walk.ts";

/** A text in the rule: a template where it has braces, else a constant. */
export function compileTextArgument(context: ArgumentContext, written: Written, text: string): Argument {
  if (!text.includes("{{") && !text.includes("{%")) return { kind: "constant", value: text };
  const place = context.located.placeOf(written.at);
  return compileParsed(context, written, { text, lands: landsOf(written.schema), placeAt: () => place });
}

/** `{"$template": "receipt.liquid"}`. */
export function compileFileArgument(context: ArgumentContext, written: Written, name: string): Argument {
  const text = context.templates.get(name);
  if (text === undefined) {
    return complain(context, {
      code: "TEMPLATE_UNKNOWN",
      path: written.at,
      message: `There is no template ${JSON.stringify(name)}: templates/${name} does not exist.`,
      remedy: didYouMean(name, [...context.templates.keys()]),
    });
  }
  const placeAt = (line: number, column: number) => ({ file: `templates/${name}`, line, column });
  return compileParsed(context, written, { text, lands: landsOf(written.schema), placeAt });
}

function compileParsed(context: ArgumentContext, written: Written, source: TemplateText): Argument {
  context.dynamic.push(written.path);
  const parsed = context.parse(source);
  if (parsed === undefined) return { kind: "constant", value: null };
  context.reads.push(...parsed.reads);
  const render = compileTemplate(parsed, source.lands, context.scope);
  return { kind: "dynamic", render: naming(written.path, (facts) => render(facts).toWellFormed()) };
}
