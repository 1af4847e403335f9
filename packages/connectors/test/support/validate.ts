import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import type { SchemaFault, Validate } from "@backstitch/core/connector";

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
ajv.addVocabulary(["recipient", "addressee", "lands", "secret"]);

/** The schema validator that these tests pass by the door. Strict: a keyword that does not exist fails the test. */
export const validate: Validate = (schema) => {
  const check = ajv.compile(schema);
  return (value) => (check(value) ? [] : (check.errors ?? []).map(faultOf));
};

function faultOf({ instancePath, keyword, message = "is not valid" }: ErrorObject): SchemaFault {
  return { path: instancePath.split("/").slice(1), keyword, message: `${instancePath || "The value"} ${message}.` };
}
