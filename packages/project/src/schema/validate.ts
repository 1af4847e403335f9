import type { JsonSchema, SchemaFault, Validate } from "@backstitch/core/connector";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ajvOptions } from "./ajv-options.ts";
import { checkBy, type Words } from "./check-by.ts";

let ajv: Ajv2020 | undefined;

/** Made at the first use: whoever only imports the package does not pay for it. */
function compiler(): Ajv2020 {
  ajv ??= new Ajv2020(ajvOptions);
  return ajv;
}

/**
 * JSON Schema 2020-12 by ajv, strict: an unknown keyword in a schema is a mistake of whoever wrote the schema.
 * A schema is compiled once; what it finds is said for people.
 * @throws Error when the schema itself is not valid.
 */
export const validate: Validate = validator({ quotes: true });

/** The same for arguments that were rendered from a row: no value is quoted, since any may name a person and what is said is logged. */
export const validateRendered: Validate = validator({ quotes: false });

function validator(words: Words): Validate {
  const compiled = new WeakMap<JsonSchema, (value: unknown) => readonly SchemaFault[]>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const check = checkBy(compiler().compile(schema), schema, words);
    compiled.set(schema, check);
    return check;
  };
}
