/** A Markdown table; the formatter aligns it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/(?<!\\)\|/g, "\\|");
}

export function code(text: string): string {
  return `\`${text}\``;
}

const REGION = /(<!-- generate: ([^>]*?) -->\n)[\s\S]*?(<!-- \/generate -->)/g;

/** Fills each `<!-- generate: what -->` … `<!-- /generate -->` of a page. */
export function fillRegions(page: string, fill: (what: string) => string): string {
  return page.replaceAll(REGION, (_, begin: string, what: string, end: string) => `${begin}\n${fill(what)}\n\n${end}`);
}
