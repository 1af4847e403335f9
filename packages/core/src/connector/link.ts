import type { AttemptContext } from "./connector.ts";
import type { JsonSchema, SchemaFault } from "./schema.ts";

/** What guards call the making of a link: a connector that makes some has no action of that name. */
export const LINK = "link";

/**
 * An address that whoever has it may read something by, for a while. Rules put it into what other services send; it is made anew at each attempt, so that
 * its time begins when it is sent, and is stored nowhere: it is as good as a secret.
 */
export interface Link<Client, Args> {
  readonly summary: string;
  /** Schema of what it is made of. */
  readonly args: JsonSchema;
  /** What is wrong with what its schema takes; see {@link Action.faults}. */
  faults?(args: Partial<Args>): readonly SchemaFault[];
  /**
   * Makes it without asking the far side. An absolute URL in printable ASCII.
   * @throws ConnectorError `rejected` where none can ever be made of these; whatever else is thrown is tried again.
   */
  make(client: Client, args: Args, attempt: AttemptContext): Promise<string>;
}
