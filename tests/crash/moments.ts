/** Folders of the path from a change to its outcome: the awaits in their files are moments at which a process may die. */
const PATH = /\/packages\/((?:core\/src\/runtime|journals\/src\/postgres|sources\/src|connectors\/src|cli\/src)\/.+\.ts)$/;

/** An `await` where an expression may begin. Not `for await` and `await using`, and not a word of a comment. */
const AWAIT = /(?<=(?:^|[=([,:?{;)]|=>|\.\.\.|\breturn|\bthrow|\belse)\s*)(?<!\bfor )\bawait (?!using\b)/;
const COMMENT = /^\s*(?:\/\/|\/\*|\*)/;

/** The name of a file of the path; undefined: it is none. */
export function onThePath(url: string): string | undefined {
  return PATH.exec(url)?.[1];
}

/** The source with a call of `passing` before each await, with the await's place as its name. */
export function instrumented(file: string, source: string, passing: string): string {
  const lines = source.split("\n").map((line, index) => {
    if (COMMENT.test(line)) return line;
    const each = new RegExp(AWAIT, "g");
    // What it gives is undefined, so that the expression is what it was.
    return line.replaceAll(each, (found: string, at: number) => `${passing}("${file}:${index + 1}:${at + 1}") ?? ${found}`);
  });
  return lines.join("\n");
}
