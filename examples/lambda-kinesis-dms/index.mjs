// What is bundled, and what Lambda loads: build/project.mjs is made by "backstitch build".
import { project } from "./build/project.mjs";
import { shopHandler } from "./handler.ts";

export const handler = shopHandler(project());
