import type { Lands } from "@backstitch/core/connector";
import type { Facts } from "../facts/facts.ts";
import { didYouMean } from "../json/index.ts";
import { BREAKS_HEADER } from "../template/landing.ts";
import { compileTemplate } from "../template/render-template.ts";
import type { TemplateText } from "../template/parse-template.ts";
import { complain, type Argument, type ArgumentContext, type Written } from "./argument.ts";
import { naming } from "./naming.ts";
import { landsOf } from "./schema-walk.ts";

/** Editors end every file with a line break, which these places cannot hold. */
const ONE_LINE: ReadonlySet<Lands> = new Set(["header", "url", "path-segment"]);

/** A text in the rule: a template where it has braces, else a constant. */
export function compileTextArgument(context: ArgumentContext, written: Written, text: string): Argument {
  const lands = landsOf(written.schema);
  if (lands === "header" && BREAKS_HEADER.test(text)) {
    const message = "This text holds a line break or NUL, which a header cannot.";
    return complain(context, { code: "RULE_ARGUMENT_INVALID", path: written.at, message, remedy: "Write it as one line." });
  }
  if (!text.includes("{{") && !text.includes("{%")) return { kind: "constant", value: text };
  return compileParsed(context, written, { text, lands, placeAt: () => context.located.placeOf(written.at) });
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
  const lands = landsOf(written.schema);
  return compileParsed(context, written, { text: ONE_LINE.has(lands) ? text.replace(/\r?\n$/, "") : text, lands, placeAt });
}

function compileParsed(context: ArgumentContext, written: Written, source: TemplateText): Argument {
  context.dynamic.push(written.path);
  const parsed = context.parse(source, context.scope);
  if (parsed === undefined) return { kind: "constant", value: null };
  context.reads.push(...parsed.reads);
  const render = compileTemplate(parsed, source.lands, context.scope);
  return { kind: "dynamic", render: naming(written.path, wellFormed(render)) };
}

function wellFormed(render: (facts: Facts) => string): (facts: Facts) => string {
  return (facts) => render(facts).toWellFormed();
}
