import type { AnyConnector } from "@backstitch/core/connector";
import type { ServiceDefinition } from "@backstitch/core/runtime";
import type { OpenRulesOptions } from "@backstitch/rules/built";
import type { Accepts } from "../schema/check-by.ts";
import type { Places } from "./places.ts";

/** A project as `backstitch build` writes it into a module: nothing of it is parsed or checked again, and nothing is read from disk. */
export interface BuiltProject extends Pick<OpenRulesOptions, "liquid" | "regex" | "index"> {
  /** Rules and guards, as `openRules` reads them. */
  readonly rules: string;
  /** The services, as {@link BuiltService}s in the encoding of values. */
  readonly services: string;
  /** By the name that services give. */
  readonly connectors: { readonly [type: string]: BuiltConnector };
  /** What is not kept where there is no journal, each a line. */
  readonly warnings: readonly string[];
}

/** A connector that a service names, with ajv's standalone code of its schemas. */
export interface BuiltConnector {
  readonly connector: AnyConnector;
  readonly config: Accepts;
  /** By action: those that rules ask for, and all of a service of which no rule asks anything. */
  readonly actions: { readonly [action: string]: Accepts };
  /** Undefined: no rule asks for its links. */
  readonly link?: Accepts | undefined;
}

/** A service file, checked. */
export interface BuiltService extends Pick<ServiceDefinition, "name" | "retry" | "deadlineMs" | "concurrency" | "limits"> {
  readonly type: string;
  /** As it is written: what it refers to is looked up when the project is opened. */
  readonly config: unknown;
  /** Where everything of the configuration stands in the file. */
  readonly places: Places;
}
