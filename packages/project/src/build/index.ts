export { buildProject, type BuildOptions, type Built } from "./build-project.ts";
