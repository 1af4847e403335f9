import { symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { blocksOf } from "./markdown.ts";

/** A span as the collector was sent it. */
export interface Span {
  readonly name: string;
  /** https://github.com/open-telemetry/opentelemetry-proto: 3 client, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

/** Takes spans as an OpenTelemetry collector does, in OTLP's JSON. */
export interface Collector extends AsyncDisposable {
  spans(): readonly Span[];
  /** Everything that it was sent. */
  text(): string;
  /** What a process needs to send it all its spans: the page's own `tracing.mjs` in that folder. */
  environment(folder: string): Promise<Readonly<Record<string, string>>>;
}

const MODULES = join(import.meta.dirname, "..", "node_modules");

export async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer((request, answer) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      bodies.push(body);
      answer.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    spans: () => bodies.flatMap(spansIn),
    text: () => bodies.join("\n"),
    async environment(folder) {
      const file = join(folder, "tracing.mjs");
      await writeFile(file, snippet());
      await symlink(MODULES, join(folder, "node_modules"));
      return { NODE_OPTIONS: `--import ${file}`, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function snippet(): string {
  const block = blocksOf("docs/operations.md").find(({ about }) => about === "tracing.mjs");
  if (block === undefined) throw new Error("The page has no tracing.mjs.");
  return block.text;
}

interface Otlp {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
  }[];
}

type OtlpSpan = Omit<Span, "attributes"> & { readonly attributes: readonly { readonly key: string; readonly value: object }[] };

function spansIn(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body) as Otlp;
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .filter(({ scope }) => scope.name === "backstitch")
    .flatMap(({ spans }) => spans)
    .map((span) => ({ ...span, attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, valueOf(value)])) }));
}

function valueOf(value: object): unknown {
  if ("arrayValue" in value) return (value.arrayValue as { values: object[] }).values.map(valueOf);
  return Object.values(value)[0];
}
