import type { Place } from "@backstitch/core/rules";
import { explanationOf, isFailed, summaryOf, type Ran } from "./words.ts";

/**
 * GitHub's workflow commands: a failed test is an error at its line, what no test is about a notice.
 * @param folder the project's folder from the repository's root, since GitHub knows files from there; empty where they are the same
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export function githubReport(ran: Ran, folder: string): string {
  const failed = ran.results.filter(isFailed).map((result) => {
    const place = result.differences[0]?.place ?? result.place;
    return command("error", at(place, folder), { title: result.name, message: explanationOf(result).join("\n") });
  });
  const uncovered = ran.uncovered.map(({ place, text }) =>
    command("notice", at(place, folder), { title: "No test decides this condition", message: text }),
  );
  const untested = ran.untested.map((rule) =>
    command("notice", at({ file: `rules/${rule}.json`, line: 1, column: 1 }, folder), { title: "Rule without a test", message: rule }),
  );
  const survivors = (ran.mutation?.survivors ?? []).map(({ place, change }) =>
    command("notice", at(place, folder), { title: "No test notices this change", message: change }),
  );
  return [...failed, ...uncovered, ...untested, ...survivors, summaryOf(ran)].join("\n");
}

function at({ file, line, column }: Place, folder: string): string {
  return `file=${escaped(folder === "" ? file : `${folder}/${file}`)},line=${line},col=${column}`;
}

function command(kind: "error" | "notice", where: string, { title, message }: { title: string; message: string }): string {
  return `::${kind} ${where},title=${escaped(title)}::${escapedMessage(message)}`;
}

function escapedMessage(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** A property's value ends at a comma or colon. */
function escaped(text: string): string {
  return escapedMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
