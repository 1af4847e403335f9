/** Checks the arrows between packages: what each may import, and that it declares what it imports. Exits 1 and says where. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Package → the packages of ours that its `src` may import. The design's arrows, written once. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  rules: ["core"],
  connectors: ["core"],
  sources: ["core"],
  journals: ["core"],
  sandbox: ["core"],
  project: ["core", "rules"],
  gateway: ["core", "rules"],
  lambda: ["core", "rules", "connectors", "sources", "project"],
  cli: ["core", "rules", "gateway", "connectors", "sources", "journals", "project", "sandbox"],
};

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const complaints: string[] = [];

for (const name of readdirSync(join(ROOT, "packages"))) {
  const allowed = ARROWS[name];
  if (allowed === undefined) complaints.push(`packages/${name}: this package has no row in scripts/boundaries.ts.`);
  else checkPackage(name, allowed);
}

if (complaints.length > 0) {
  console.error(complaints.join("\n"));
  process.exit(1);
}

function checkPackage(name: string, allowed: readonly string[]): void {
  const folder = join(ROOT, "packages", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies };
  for (const file of filesOf(join(folder, "src"))) {
    for (const specifier of importsOf(readFileSync(file, "utf8"))) {
      const place = relative(ROOT, file);
      const target = /^@backstitch\/([a-z]+)/.exec(specifier)?.[1];
      if (target !== undefined && !allowed.includes(target)) complaints.push(`${place}: ${name} may not import ${specifier}.`);
      if (!isDeclared(specifier, runtime)) complaints.push(`${place}: ${specifier} is not among the dependencies of packages/${name}.`);
    }
  }
}

function isDeclared(specifier: string, dependencies: Record<string, string>): boolean {
  if (specifier.startsWith(".") || specifier.startsWith("node:") || builtinModules.includes(specifier)) return true;
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  return Object.hasOwn(dependencies, name);
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"\s]+)"/g)].map((match) => match[1] ?? "");
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}
