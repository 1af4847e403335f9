/** Quoted for use as a name in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quoted for use as a text in SQL, whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? ` E${quoted}` : quoted;
}

/** Quoted for use as a text in a replication command, whose grammar has no escapes. */
export function replicationLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
