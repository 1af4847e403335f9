import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** A file of the page, as it is answered. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

/** Swagger UI's, beside the page itself. */
const TYPES: Readonly<Record<string, string>> = {
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "swagger-ui.css": "text/css; charset=utf-8",
  "favicon-32x32.png": "image/png",
  "start.js": "text/javascript; charset=utf-8",
};

export const PAGE_FILES: readonly string[] = Object.keys(TYPES);

/** Addresses are relative: a proxy may have put the gateway below a path. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Backstitch: try it</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png" />
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** Nobody else is asked whether the document is valid; and of one server there is no choice. */
const START = `SwaggerUIBundle({
  dom_id: "#page",
  url: "openapi.json",
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  plugins: [{ wrapComponents: { ServersContainer: () => () => null } }],
});
`;

/** The page runs what is served here and nothing else, asks nobody else, and stands in no frame. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const require = createRequire(import.meta.url);
/** Each is read once, by whoever asks first. */
const read = new Map<string, Promise<PageFile>>();

export const page: PageFile = fileOf(Buffer.from(PAGE), "text/html; charset=utf-8");

/** Undefined: the page has no such file. */
export async function pageFile(name: string): Promise<PageFile | undefined> {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) return undefined;
  const known = read.get(name) ?? bytesOf(name).then((bytes) => fileOf(bytes, type));
  read.set(name, known);
  known.catch(() => read.delete(name));
  return known;
}

/** In the published package they are files of its own: package.json says where. */
async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return name === "start.js" ? Buffer.from(START) : readFile(require.resolve(`#swagger-ui/${name}`));
}

function fileOf(bytes: Uint8Array<ArrayBuffer>, type: string): PageFile {
  return { bytes, type, etag: etagOfBytes(bytes) };
}

export function etagOfBytes(bytes: string | Uint8Array): string {
  return `"${hash("sha256", bytes, "buffer").subarray(0, 16).toString("base64url")}"`;
}
