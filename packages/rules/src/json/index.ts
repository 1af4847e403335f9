export { didYouMean, listOf } from "./did-you-mean.ts";
export { under, valueAt, type Located, type LocatedPath } from "./located.ts";
export { placesOf } from "./place.ts";
export { readJson, type ReadJson } from "./read-json.ts";
export { schemaProblems, type SchemaProblemsOptions } from "./schema-problems.ts";
