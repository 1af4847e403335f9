import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "@backstitch/sandbox";

const GATE = join(import.meta.dirname, "gate.ts");

/** The way to one or several servers, which can be cut and stopped. */
export interface Network {
  /** The address by which the way leads to one of the servers. */
  through(address: string): string;
  /** kill -9: what is connected breaks, with what was on its way, and nobody answers until {@link open}. */
  cut(): Promise<void>;
  /** Connections stay, and nothing passes, until {@link cut}. */
  stop(): void;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** @param addresses Of servers on loopback, each with a port of its own */
export async function startNetwork(addresses: readonly string[]): Promise<Network> {
  const ports = new Map<string, number>();
  for (const address of addresses) ports.set(new URL(address).port, await freePort());
  const ways = [...ports].map(([target, port]) => `${port}:${target}`);
  let gate: ChildProcess | undefined;

  async function open(): Promise<void> {
    // Of two faults at once, one may open what the other has opened, or cut what it opens.
    if (gate !== undefined) return;
    const opening = spawn(process.execPath, [GATE, ...ways], { stdio: ["ignore", "pipe", "inherit"] });
    gate = opening;
    await Promise.race([once(opening.stdout, "data"), once(opening, "exit")]);
  }
  async function cut(): Promise<void> {
    const cutting = gate;
    gate = undefined;
    if (cutting === undefined) return;
    const exited = once(cutting, "exit");
    cutting.kill("SIGKILL");
    await exited;
  }

  await open();
  return {
    through(address) {
      const url = new URL(address);
      url.port = String(ports.get(url.port));
      return url.href.replace(/\/$/, "");
    },
    cut,
    stop: () => void gate?.kill("SIGSTOP"),
    open,
    close: cut,
  };
}
