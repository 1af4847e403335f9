/** A metric as `/metrics` serves it. */
export interface ServedMetric {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Without `le`, the bucket of a histogram. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the Prometheus text format: by metric, the samples of a histogram under its own name. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function readMetrics(text: string): ReadonlyMap<string, ServedMetric> {
  const metrics = new Map<string, { help: string; type: string; samples: Sample[] }>();
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, what, name = "", rest = ""] = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line) ?? [];
    if (what === "HELP") metrics.set(name, { help: rest, type: "", samples: [] });
    else if (what === "TYPE") Object.assign(metrics.get(name) ?? {}, { type: rest });
    else addSample(metrics, line);
  }
  return metrics;
}

function addSample(metrics: ReadonlyMap<string, { readonly samples: Sample[] }>, line: string): void {
  const [, sample = "", labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const metric = metrics.get(sample) ?? metrics.get(sample.replace(/_(?:bucket|sum|count)$/, ""));
  if (metric === undefined || value === undefined) throw new Error(`No metric has the line ${JSON.stringify(line)}.`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", text = ""]) => [name, text] as const);
  metric.samples.push({ labels: Object.fromEntries(pairs.filter(([name]) => name !== "le")), value: Number(value) });
}
