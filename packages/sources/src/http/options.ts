import type { Secret } from "@backstitch/core/connector";
import type { Shape } from "../decoders/registry.ts";

export interface HttpSourceOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** What the bodies are: see docs/sources/decoders.md. */
  readonly accepts: Shape;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0: the system picks a free one, and the source keeps it. */
  readonly port: number;
  /** Where changes are posted to. @default "/" */
  readonly path?: string;
  /** What `Authorization: Bearer …` must have. @default it is not asked for */
  readonly bearerToken?: Secret | undefined;
  /** Checks a signature as Standard Webhooks say: `whsec_` and base64, or any text. @default it is not asked for */
  readonly signingSecret?: Secret | undefined;
  /** `none`: whoever reaches the port may post; on this machine's own addresses only. @default one of the two above, or both */
  readonly authentication?: "none" | undefined;
  /** What rules call a table, by what the record calls it. @default its own name */
  readonly collections?: { readonly [table: string]: string } | undefined;
  /** The primary key's fields by collection, for shapes that do not tell them. @default `id` where a row has one */
  readonly keys?: { readonly [collection: string]: readonly string[] } | undefined;
  /** The largest body that is taken. Bytes. @default 1 MiB */
  readonly maxBodyBytes?: number | undefined;
  /** So many requests may be under way at once; more are told to come again. @default 64 */
  readonly maxRequests?: number | undefined;
  /** How long a request waits for the journal until it is told to come again. Milliseconds. @default 30_000 */
  readonly answerWithinMs?: number | undefined;
  readonly batch?: {
    /** How much goes to the journal at once. @default 500 */
    readonly events?: number;
  };
  /** Told where it listens, each time that it begins to. */
  readonly listening?: ((url: string) => void) | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}
