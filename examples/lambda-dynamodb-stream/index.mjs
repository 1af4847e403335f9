// What is bundled, and what Lambda loads: build/project.mjs is made by "backstitch build".
import { project } from "./build/project.mjs";
import { ordersHandler } from "./handler.ts";

export const handler = ordersHandler(project());
