/** A JSON Schema with all of its keywords: editors know more of them than connectors are described with. */
export type Json = { readonly [keyword: string]: unknown };

/** What every schema for editors begins with. */
export function head(name: string, title: string): Json {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", $id: `urn:backstitch:schema:${name}`, title };
}

/** One of these names, each with its sentence, or another name that only the project knows. */
export function nameOrOther(known: readonly { readonly name: string; readonly says: string }[], description: string): Json {
  return {
    description,
    anyOf: [...known.map(({ name, says }) => ({ const: name, description: says })), { type: "string", minLength: 1 }],
  };
}
