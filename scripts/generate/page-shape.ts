/** What stands under each heading of a connector's page, in this order: the regions that are generated there. */
const SECTIONS: readonly (readonly [heading: string, ...regions: string[]])[] = [
  ["What it does"],
  ["Set-up", "install", "config"],
  ["Example"],
  ["Actions", "actions"],
  ["Failures", "failures"],
  ["Limits", "costs"],
  ["What repeating does", "repeats"],
  ["How to test"],
];

/** Every connector's page is read in the same way. @throws Error where a heading or a region is missing, or in another place */
export function expectShape(path: string, page: string, type: string): void {
  const [, ...sections] = page.replaceAll(/^```[\s\S]*?^```$/gm, "").split(/^## /m);
  const found = sections.map((section) => [section.split("\n")[0] ?? "", ...regionsIn(section)]);
  const wanted = SECTIONS.map(([heading, ...regions]) => [heading, ...regions.map((region) => `${region} ${type}`)]);
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new Error(`${path} has not the headings and regions that it must have.\n  has:  ${inWords(found)}\n  must: ${inWords(wanted)}`);
}

function regionsIn(section: string): readonly string[] {
  return [...section.matchAll(/<!-- generate: ([^>]*?) -->/g)].map(([, region = ""]) => region);
}

function inWords(sections: readonly (readonly string[])[]): string {
  return sections.map(([heading = "", ...regions]) => (regions.length === 0 ? heading : `${heading} (${regions.join(", ")})`)).join(" · ");
}
