import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project's files: path → JSON value, or text as it is. */
export type Files = Readonly<Record<string, unknown>>;

/** A project in a temporary folder. */
export interface ProjectFolder extends AsyncDisposable {
  readonly folder: string;
  write(files: Files): Promise<void>;
  remove(path: string): Promise<void>;
}

export async function writeProject(files: Files): Promise<ProjectFolder> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-test-"));
  const project: ProjectFolder = {
    folder,
    async write(more) {
      for (const [path, content] of Object.entries(more)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), typeof content === "string" ? content : JSON.stringify(content, null, 2));
      }
    },
    remove: (path) => rm(join(folder, path)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  await project.write(files);
  return project;
}

/** Soon enough for a test, and often enough for a long one. */
export const FAST = { attempts: 100, firstDelay: "50ms", longestDelay: "400ms" };

/** `backstitch.json` of one PostgreSQL source named shop. */
export const SHOP = { sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" }, slot: { $env: "SLOT" } } } };

/** A service that sends to a plain HTTP peer. */
export function httpService(baseUrl: string, more: object = {}): object {
  return { connector: "http", config: { baseUrl }, retry: FAST, ...more };
}

/** A rule on a table of source shop, with one action. */
export function rule(collection: string, then: object, more: object = {}): object {
  return { on: { source: "shop", collection }, then: [then], ...more };
}

/** A `then` entry that sends to an HTTP service. */
export function request(path: string, body: unknown, service = "sink"): object {
  return { service, action: "request", with: { path, body } };
}
