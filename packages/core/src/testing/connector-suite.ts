import type { Validate } from "../connector/schema.ts";
import type { Row } from "../values/value.ts";
import type { Peer } from "./peer.ts";

/** What the suite needs to know of a connector. */
export interface ConnectorSuite {
  /** A complete configuration whose far side is at `url`; secrets as `Secret`. */
  config(url: string): unknown;
  /** A JSON Schema validator. */
  readonly validate: Validate;
  /** The texts in the configuration that nobody may ever see. At least 8 characters each, found nowhere else. */
  readonly secrets: readonly string[];
  /** The persons and addresses in the arguments: they may stand in no outcome, error or line. */
  readonly recipients?: readonly string[];
  /** Every action of the connector. */
  readonly actions: { readonly [name: string]: ActionSuite };
}

/** What the suite needs to know of an action. */
export interface ActionSuite {
  /** Arguments that the far side takes; a function of a counter where it takes the same ones only once. */
  readonly args: Row | ((nth: number) => Row);
  /** Starts a far side. */
  peer(): Promise<Peer>;
  /**
   * The far side is one of many, which the arguments name: that it is asked too much or refuses credentials is true of it alone, and neither slows the
   * service down nor stops it. @default false
   */
  readonly isOneOfMany?: boolean;
}
