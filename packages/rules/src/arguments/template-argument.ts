import type { Lands } from "@backstitch/core/connector";
import { didYouMean } from "../json/index.ts";
import { BREAKS_HEADER } from "../template/landing.ts";
import type { TemplateText } from "../template/parse-template.ts";
import { piecesOf } from "../template/pieces-of.ts";
import type { ArgumentForm } from "./form.ts";
import { complain, NULL_ARGUMENT, type ArgumentContext, type Written } from "./lowering.ts";
import { landsOf } from "./schema-walk.ts";

/** Editors end every file with a line break, which these places cannot hold. */
const ONE_LINE: ReadonlySet<Lands> = new Set(["header", "url", "path-segment"]);

/** A text in the rule: a template where it has braces, else a constant. */
export function lowerTextArgument(context: ArgumentContext, written: Written, text: string): ArgumentForm {
  const lands = landsOf(written.schema);
  if (lands === "header" && BREAKS_HEADER.test(text)) {
    const message = "This text holds a line break or NUL, which a header cannot.";
    return complain(context, { code: "RULE_ARGUMENT_INVALID", path: written.at, message, remedy: "Write it as one line." });
  }
  if (!text.includes("{{") && !text.includes("{%")) return { kind: "constant", value: text };
  return lowerParsed(context, written, { text, lands, placeAt: () => context.located.placeOf(written.at) });
}

/** `{"$template": "receipt.liquid"}`. */
export function lowerFileArgument(context: ArgumentContext, written: Written, name: string): ArgumentForm {
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
  return lowerParsed(context, written, { text: ONE_LINE.has(lands) ? text.replace(/\r?\n$/, "") : text, lands, placeAt });
}

function lowerParsed(context: ArgumentContext, written: Written, source: TemplateText): ArgumentForm {
  context.dynamic.push(written.path);
  const parsed = context.parse(source, context.scope);
  if (parsed === undefined) return NULL_ARGUMENT;
  const { text, reads } = parsed;
  context.reads.push(...reads);
  return { kind: "template", text, reads, pieces: piecesOf(parsed, context.scope), parsed };
}
