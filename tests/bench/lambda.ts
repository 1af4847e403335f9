/**
 * `pnpm bench:lambda [--repetitions N]`, one JSON object a line: what a cold start takes, from loading the function to the answer to its first event, which sends one mail;
 * beside a handler without rules that sends the same mail by the same client to the same stand-in for SES. Both are bundled in the same way, as people deploy them,
 * and each start is a process of its own. Wants an idle machine.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { sesPeer } from "@backstitch/sandbox";
import { built, bundle } from "../support/bundle.ts";
import { median, printFigure, printLine, printMachine } from "./line.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { repetitions: { type: "string", default: "25" } },
});

const FOLDER = join(import.meta.dirname, "lambda");
const run = promisify(execFile);

const item = (status: string) => ({
  orderId: { S: "o-1" },
  status: { S: status },
  name: { S: "Ada" },
  email: { S: "ada@example.com" },
  total: { N: "12.50" },
});
const event = JSON.stringify({
  Records: [
    {
      eventID: "1",
      eventName: "MODIFY",
      eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-11-20T10:00:00.000",
      dynamodb: {
        ApproximateCreationDateTime: 1_795_168_802,
        Keys: { orderId: { S: "o-1" } },
        NewImage: item("shipped"),
        OldImage: item("paid"),
        SequenceNumber: "44210000000000000480000002",
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    },
  ],
});

/** Milliseconds. */
interface ColdStart {
  readonly load: number;
  readonly event: number;
  readonly both: number;
  /** Of the processor, all threads together: tells a busy machine from a slow start. */
  readonly cpu: number;
}

const peer = await sesPeer();
const environment = { SES_ENDPOINT: peer.url, SES_KEY_ID: "AKIAEXAMPLE", SES_KEY: "a-secret" };

async function coldStart(file: string): Promise<ColdStart> {
  const { stdout } = await run(process.execPath, [join(FOLDER, "cold.cjs"), file, event], {
    env: { PATH: process.env["PATH"], ...environment },
  });
  return JSON.parse(stdout) as ColdStart;
}

const project = await built(join(FOLDER, "project"), "bench");
const bundles = {
  ours: await bundle(join(FOLDER, "ours.mjs"), "bench-ours", project),
  bare: await bundle(join(FOLDER, "bare.mjs"), "bench-bare"),
};
const starts: Record<keyof typeof bundles, ColdStart[]> = { ours: [], bare: [] };
for (let repetition = 0; repetition < Number(values.repetitions); repetition += 1) {
  for (const which of ["bare", "ours"] as const) starts[which].push(await coldStart(bundles[which].file));
}
const sent = peer.received().length;
await peer.close();
if (sent !== 2 * Number(values.repetitions)) throw new Error(`${sent} mails were sent.`);

const of = (which: keyof typeof bundles, part: keyof ColdStart): number => median(starts[which].map((one) => one[part]));
for (const which of ["bare", "ours"] as const) {
  const [load, first, cpu] = [of(which, "load"), of(which, "event"), of(which, "cpu")];
  console.log(
    JSON.stringify({
      name: `lambda.${which}`,
      load,
      event: first,
      cpu,
      unit: "ms",
      bundleKb: Math.round(bundles[which].text.length / 1_000),
    }),
  );
}
printLine({ name: "lambda.cold-start.ratio", ours: of("ours", "both"), peer: of("bare", "both"), unit: "ms", goal: 1.5, better: "less" });
printFigure({ name: "lambda.cold-start", value: of("ours", "both"), unit: "ms", goal: 150, better: "less" });
printMachine();
