import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterEach, expect, test } from "vitest";
import { bench } from "./support/invocation.ts";

afterEach(() => {
  trace.disable();
  context.disable();
});

test("an invocation's span has the spans of its events below it, and those of all their attempts below these", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const { far, invoke, close } = await bench();
  far.script("a", 503, 200);
  await trace.getTracer("function").startActiveSpan("invocation", async (span) => {
    await invoke([{ name: "a" }, { name: "b" }]);
    span.end();
  });
  await close();
  const spans = exporter.getFinishedSpans();
  const ids = (kind: "match" | "sink" | "invocation"): string[] =>
    spans.filter(({ name }) => name.startsWith(kind)).map((span) => span.spanContext().spanId);
  const parents = (kind: "match" | "sink"): string[] =>
    spans.filter(({ name }) => name.startsWith(kind)).map(({ parentSpanContext }) => parentSpanContext?.spanId ?? "");
  const [invocation] = ids("invocation");
  const [a = "", b = ""] = ids("match");
  expect(parents("match")).toEqual([invocation, invocation]);
  expect(parents("sink").toSorted()).toEqual([a, a, b].toSorted());
  const numbers = spans.map(({ attributes }) => Number(attributes["backstitch.attempt"] ?? 0));
  expect(numbers.filter((number) => number > 0).toSorted((left, right) => left - right)).toEqual([1, 1, 2]);
});
