import type { Lands } from "@backstitch/core/connector";
import type { Place } from "@backstitch/core/rules";
import { LiquidError, type Liquid, type Template, type Variable } from "liquidjs";
import { didYouMean } from "../json/index.ts";
import { isPathFault, LINK_ROOT, resolveSegments, type Path, type Scope } from "../path/resolve-path.ts";
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
    const isMisread = globals.map((variable, index) => isMisreadLink(variable, reads[index], { liquid, report }, source)).includes(true);
    if (isMisread) return undefined;
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

/** What stands for a link must reach the place where it lands as it is: a filter would take it for a text. */
// oxlint-disable-next-line max-params -- what is read, and what is needed to say so
function isMisreadLink(
  { location: { row, col, file } }: Variable,
  read: Path | undefined,
  { report, liquid }: { readonly report: Report; readonly liquid: Liquid },
  source: TemplateText,
): boolean {
  if (read?.root !== LINK_ROOT) return false;
  const text = file === undefined ? source.text : (liquid.options.templates?.[file] ?? "");
  const lines = text.split("\n");
  const at = lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, col - 1);
  const [name] = read.segments;
  if (/\{\{-?\s*$/.test(text.slice(0, at)) && /^links\s*[.[][\w."'\s\]]*-?\}\}/.test(text.slice(at))) return false;
  const place = file === undefined ? source.placeAt(row, col) : { file: `templates/${file}`, line: row, column: col };
  report.at(place, {
    code: "TEMPLATE_LINK",
    message: `The link ${JSON.stringify(name)} can only be printed as it is, without filter or tag.`,
    remedy: `Write {{ links.${name} }}: it is escaped for where it lands.`,
  });
  return true;
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
