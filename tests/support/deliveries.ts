import { backstitch, type Environment } from "./backstitch.ts";

/** A delivery as `deliveries list --json` prints it. */
export interface Listed {
  readonly id: string;
  readonly eventId: string;
  readonly rule: string;
  readonly then?: string;
  readonly service?: string;
  readonly state: string;
  readonly attempts: number;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly dueAt?: number;
  readonly outcomes: readonly {
    readonly at: number;
    readonly outcome: { readonly kind: string; readonly code?: string; readonly reason?: string };
  }[];
}

/** Asks the journal, beside whoever owns it. */
export async function listDeliveries(folder: string, environment: Environment, ...more: readonly string[]): Promise<readonly Listed[]> {
  const { code, stdout, stderr } = await backstitch(["deliveries", "list", "-p", folder, "--json", ...more], environment);
  if (code !== 0) throw new Error(`deliveries list exited ${code}:\n${stderr}`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Listed);
}
