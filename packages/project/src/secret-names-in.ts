/** What has other characters is no name, and may be the secret itself. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The names that a configuration gives by `$secret`. */
export function secretNamesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(secretNamesIn);
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "$secret") return typeof only[1] === "string" && NAME.test(only[1]) ? [only[1]] : [];
  return entries.flatMap(([, item]) => secretNamesIn(item));
}
