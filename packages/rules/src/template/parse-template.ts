import type { Lands } from "@backstitch/core/connector";
import type { Place } from "@backstitch/core/rules";
import { LiquidError, type Liquid, type Template, type Variable } from "liquidjs";
import { didYouMean } from "../json/index.ts";
import { isPathFault, resolveSegments, type Path, type Scope } from "../path/resolve-path.ts";
import type { Report } from "../problems/report.ts";
import type { Liquids } from "./liquid.ts";

/** A Liquid template that a file holds, whole or in one of its texts. */
export interface TemplateText {
  readonly text: string;
  readonly lands: Lands;
  /** The place of a line and column of the text; a text inside JSON has one place only. */
  placeAt(line: number, column: number): Place;
}

export interface ParseContext {
  readonly liquids: Liquids;
  readonly scope: Scope;
  readonly report: Report;
}

export interface ParsedTemplate {
  readonly liquid: Liquid;
  /** What was parsed. */
  readonly text: string;
  readonly templates: readonly Template[];
  /** Every path it reads, cut off where it goes on by a variable. */
  readonly reads: readonly Path[];
}

/** Parses a template and checks every path it reads; undefined where there is a problem. */
export function parseTemplate({ liquids, scope, report }: ParseContext, source: TemplateText): ParsedTemplate | undefined {
  const liquid = liquids(source.lands);
  try {
    const templates = liquid.parse(source.text);
    const globals = Object.values(liquid.analyzeSync(templates).globals).flat();
    const reads = globals.map((variable) => readOf(variable, { scope, report }, source));
    return reads.includes(undefined) ? undefined : { liquid, text: source.text, templates, reads: reads as Path[] };
  } catch (error) {
    reportSyntax(error, { report, liquid }, source);
    return undefined;
  }
}

/** Checks a file that perhaps only other templates name: what they hand to it cannot be known here. */
export function checkSyntax({ liquids, report }: Omit<ParseContext, "scope">, name: string, text: string): void {
  const liquid = liquids("text");
  try {
    liquid.parse(text);
  } catch (error) {
    const placeAt = (line: number, column: number): Place => ({ file: `templates/${name}`, line, column });
    reportSyntax(error, { report, liquid }, { text, lands: "text", placeAt });
  }
}

function readOf(variable: Variable, { scope, report }: Pick<ParseContext, "scope" | "report">, source: TemplateText): Path | undefined {
  const segments = variable.segments.slice(0, firstDynamic(variable)).map(String);
  const path = resolveSegments(segments, scope);
  if (!isPathFault(path)) return path;
  const { row, col, file } = variable.location;
  report.at(file === undefined ? source.placeAt(row, col) : { file: `templates/${file}`, line: row, column: col }, path);
  return undefined;
}

function firstDynamic({ segments }: Variable): number {
  const index = segments.findIndex((segment) => typeof segment === "object");
  return index === -1 ? segments.length : index;
}

function reportSyntax(
  error: unknown,
  { report, liquid }: { readonly report: Report; readonly liquid: Liquid },
  source: TemplateText,
): void {
  if (error instanceof RangeError) {
    report.at(source.placeAt(1, 1), { code: "TEMPLATE_SYNTAX", message: "The template renders itself, directly or through others." });
    return;
  }
  const said = error instanceof Error ? error.message.replace(/(?:, file:[^,]*)?, line:\d+, col:\d+$/s, "") : "it cannot be read";
  const token = LiquidError.is(error) ? (error as LiquidError & { token?: { getPosition(): number[]; file?: string } }).token : undefined;
  const [line = 1, column = 1] = token?.getPosition() ?? [];
  const place = token?.file === undefined ? source.placeAt(line, column) : { file: `templates/${token.file}`, line, column };
  const filter = /^undefined filter: (.+)$/s.exec(said)?.[1];
  const tag = /^tag "(.+)" not found$/s.exec(said)?.[1];
  const partial = /^ENOENT: .*?"?([^"\s]+)"?(?: in .*)?$/s.exec(said)?.[1];
  if (filter !== undefined) {
    report.at(place, {
      code: "TEMPLATE_FILTER_UNKNOWN",
      message: `There is no filter ${JSON.stringify(filter)}.`,
      remedy: didYouMean(filter, Object.keys(liquid.filters)),
    });
  } else if (tag !== undefined) {
    report.at(place, {
      code: "TEMPLATE_TAG_UNKNOWN",
      message: `There is no tag ${JSON.stringify(tag)}.`,
      remedy: didYouMean(tag, Object.keys(liquid.tags)),
    });
  } else if (partial !== undefined) {
    report.at(place, {
      code: "TEMPLATE_UNKNOWN",
      message: `There is no template ${JSON.stringify(partial)}: templates/${partial} does not exist.`,
    });
  } else {
    report.at(place, { code: "TEMPLATE_SYNTAX", message: `The template cannot be read: ${said}.` });
  }
}
