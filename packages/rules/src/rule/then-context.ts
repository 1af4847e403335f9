import type { JsonSchema, Repeat, SchemaFault, Validate } from "@backstitch/core/connector";
import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import type { ArgumentContext } from "../arguments/lowering.ts";
import type { EngineExtensions } from "../condition/extensions.ts";
import type { NamedConditions } from "../condition/lowering.ts";
import type { Marks } from "../condition/marks.ts";
import type { Alike } from "./alike.ts";
import type { OrderForm } from "./form.ts";
import type { Reading } from "./order.ts";
import type { Turn } from "./turn.ts";

/** What rules must know of an action. */
export interface CatalogueAction {
  readonly args: JsonSchema;
  readonly repeat: Repeat;
  /** What is wrong with arguments that the schema takes, of which any may be missing. @default nothing */
  readonly faults?: ((args: never) => readonly SchemaFault[]) | undefined;
  /** What a call costs, by unit. @default nothing that is counted */
  readonly cost?: { readonly [unit: string]: (args: never) => number } | undefined;
}

/** What rules must know of the links that a service makes. */
export interface CatalogueLink {
  readonly args: JsonSchema;
  /** What is wrong with what the schema takes, of which any may be missing. @default nothing */
  readonly faults?: ((args: never) => readonly SchemaFault[]) | undefined;
}

/** What entries of all rules have around them. */
export interface ThenSurroundings extends Pick<ArgumentContext, "scope" | "report" | "templates" | "parse"> {
  readonly services: ReadonlyMap<string, ReadonlyMap<string, CatalogueAction> | undefined>;
  /** By service, of those that make links. @default none */
  readonly links?: ReadonlyMap<string, CatalogueLink>;
  /** By service, of those whose deliveries take turns by something of the event. */
  readonly turns: ReadonlyMap<string, Turn>;
  readonly validate: Validate;
  readonly extensions: EngineExtensions;
  readonly named: NamedConditions;
  /** The same for entries with `each`, which read more. */
  readonly namedInEach: NamedConditions;
  readonly alike: Alike;
  /** Gathers where conditions stand. Undefined: nobody will ask. */
  readonly marks?: Marks | undefined;
}

/** A rule whose entries are lowered. Many are: it holds what is around them, and does not copy it. */
export interface ThenContext extends Reading {
  readonly around: ThenSurroundings;
  readonly rule: string;
  readonly named: NamedConditions;
  readonly usual: Usual;
}

/** The rule's own, where an entry has none. */
export interface Usual {
  readonly retry: RetryPolicy | undefined;
  readonly ifUncertain: IfUncertain;
  readonly expiresMs: number | undefined;
  readonly order: OrderForm;
  readonly limits: RuleLimits | undefined;
}
