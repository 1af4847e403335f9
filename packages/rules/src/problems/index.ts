export { didYouMean, listOf } from "../json/did-you-mean.ts";
export { valueAt, type Located, type LocatedPath } from "../json/located.ts";
export { schemaProblems, type SchemaProblemsOptions } from "../json/schema-problems.ts";
