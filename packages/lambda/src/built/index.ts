export { equal, ucs2length } from "@backstitch/project/built";
export { builtProject } from "./built-project.ts";
