/** Copies what the gateway's page consists of into its `dist`: Swagger UI as a dependency would bring a package that tells of each installation. */
import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const GATEWAY = join(import.meta.dirname, "../packages/gateway");
const FILES = ["LICENSE", "NOTICE", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"];

const from = dirname(createRequire(join(GATEWAY, "package.json")).resolve("swagger-ui-dist/package.json"));
const to = join(GATEWAY, "dist/swagger-ui");
mkdirSync(to, { recursive: true });
for (const file of FILES) cpSync(join(from, file), join(to, file));
