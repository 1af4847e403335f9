/** Cuts a file of SQL into statements; what stands between BEGIN and COMMIT is one. Comments and quoted text may hold semicolons. */
export function statementsOf(sql: string): readonly string[] {
  const statements: string[] = [];
  let from = 0;
  let inside = false;
  for (const match of sql.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|\b(BEGIN|COMMIT)\s*;|;/gi,
  )) {
    const word = match[2]?.toUpperCase();
    if (word === "BEGIN") inside = true;
    if (word === "COMMIT") inside = false;
    if (!match[0].endsWith(";") || (match[0].length > 1 && word === undefined) || inside) continue;
    statements.push(sql.slice(from, match.index + match[0].length));
    from = match.index + match[0].length;
  }
  return [...statements, sql.slice(from)].map((text) => text.trim()).filter((text) => withoutComments(text) !== "");
}

/** A statement's comment, for the person who watches. */
export function commentOf(statement: string): string | undefined {
  return /^--\s*(.*)$/m.exec(statement)?.[1];
}

function withoutComments(statement: string): string {
  return statement.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, "").trim();
}
