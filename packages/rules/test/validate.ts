import type { SchemaFault, Validate } from "@backstitch/core/connector";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

/** The validator that compiling takes by the door, on ajv as projects have it. */
export function ajvValidate(): Validate {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, verbose: true });
  for (const keyword of ["recipient", "addressee", "lands", "secret"]) ajv.addKeyword(keyword);
  return (schema) => {
    const check = ajv.compile(schema);
    return (value) => (check(value) ? [] : (check.errors ?? []).filter(isOwn).map(faultOf));
  };
}

/** What the branches of an `anyOf` say is noise beside the `anyOf` itself. */
function isOwn({ schemaPath }: ErrorObject): boolean {
  return !/\/(?:anyOf|oneOf)\/\d/.test(schemaPath);
}

function faultOf({ instancePath, keyword, params, message, parentSchema, data }: ErrorObject): SchemaFault {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~")));
  const given = params as { additionalProperty?: string; missingProperty?: string; allowedValues?: readonly string[] };
  const property = given.additionalProperty ?? given.missingProperty;
  const names = Object.keys((parentSchema?.["properties"] as object | undefined) ?? {});
  const allowed = given.allowedValues ?? (given.additionalProperty === undefined ? undefined : names);
  const said = property === undefined ? `${JSON.stringify(data)} ${message}.` : `${message}: ${JSON.stringify(property)}.`;
  return { path, keyword, message: said, ...(property === undefined ? {} : { property }), ...(allowed === undefined ? {} : { allowed }) };
}
