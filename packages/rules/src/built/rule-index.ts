export { fileRules as index } from "../match/filing.ts";
