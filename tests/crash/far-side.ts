import { s3Peer, twilioPeer } from "@backstitch/sandbox";
import type { Fault, Peer } from "@backstitch/core/testing";
import type { Random } from "../support/random.ts";
import type { NoteArrival } from "./judge.ts";
import { type Network, startNetwork } from "./network.ts";
import type { CrashAddresses } from "./project.ts";
import { type Sink, startSink } from "./sink.ts";

/** Everything that is sent to, behind one network. What it took it never forgets. */
export interface FarSide {
  readonly network: Network;
  readonly addresses: CrashAddresses;
  readonly sink: Sink;
  /** The vendors' stand-ins. */
  readonly peers: readonly Peer[];
  /** Notes that arrived, in order of arrival at each peer. */
  notes(): readonly NoteArrival[];
  close(): Promise<void>;
}

/** What a vendor may do instead of an answer. */
export function drawFault(random: Random): Fault {
  const faults: readonly Fault[] = [
    { kind: "status", status: 500 },
    { kind: "status", status: 503 },
    { kind: "malformed" },
    { kind: "throttle" },
    { kind: "reset-before" },
    { kind: "reset-after" },
    { kind: "slow", delayMs: 3_000 },
  ];
  return faults[random.below(faults.length)] as Fault;
}

export async function startFarSide(random: Random): Promise<FarSide> {
  const sink = await startSink(random);
  const twilio = await twilioPeer();
  const s3 = await s3Peer();
  const network = await startNetwork([sink.url, twilio.url, s3.url]);
  return {
    network,
    sink,
    peers: [twilio, s3],
    addresses: { sink: network.through(sink.url), twilio: network.through(twilio.url), s3: network.through(s3.url) },
    notes: () => [
      ...sink.arrivals.filter(({ path }) => path !== "/versions").map(({ body, life, key }) => ({ id: body.id, life, key })),
      ...twilio.received().map(({ fields, headers }) => ({ id: Number(fields["Body"]), life: tokenOf(headers["authorization"]) })),
      ...s3.received().map(({ fields }) => ({ id: idIn(fields["key"]) })),
    ],
    async close() {
      await network.close();
      await Promise.all([sink.close(), twilio.close(), s3.close()]);
    },
  };
}

/** Of the name of an object: `notes/7.json`. */
function idIn(key: unknown): number {
  return typeof key === "string" ? Number(/\d+/.exec(key)?.[0]) : NaN;
}

/** The password of basic credentials. */
function tokenOf(authorization = ""): string {
  const credentials = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
  return credentials.slice(credentials.indexOf(":") + 1);
}
