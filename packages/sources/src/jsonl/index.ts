export { jsonlSource, type JsonlSourceOptions } from "./source.ts";
