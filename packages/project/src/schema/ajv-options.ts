import type { Options } from "ajv/dist/2020.js";

/** How schemas are read, whether they are compiled now or when a project is built. */
export const ajvOptions: Options = {
  strict: true,
  // `anyOf: [{required: ["a"]}, {required: ["b"]}]` is how a schema says "one of them": it names properties that are described elsewhere.
  strictRequired: false,
  strictTypes: false,
  allErrors: true,
  verbose: true,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
  keywords: [
    { keyword: "recipient", schemaType: "boolean" },
    { keyword: "addressee", schemaType: "boolean" },
    { keyword: "secret", schemaType: "boolean" },
    { keyword: "lands", schemaType: "string" },
  ],
};
