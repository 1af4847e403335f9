import type { AnyConnector, JsonSchema, SchemaFault } from "@backstitch/core/connector";
import type { Source } from "@backstitch/core/source";
import type { SourceFacts } from "@backstitch/rules";

/** A kind of source: how it is configured, and how it is opened. */
export interface SourceType {
  /** Schema of what stands beside `type`; `secret: true` marks what only `{"$secret": …}` may give. */
  readonly config: JsonSchema;
  /** What is wrong with a configuration that is valid by the schema: what a schema cannot say. @default nothing */
  faults?(config: never): readonly SchemaFault[];
  /** What a source can send that is configured so, which rules are held against. @default nothing is known of it */
  sends?(config: never): Promise<SourceFacts>;
  /** Makes the source; `config` is valid by the schema. `folder` is the project's, absolute. */
  open(name: string, config: never, context: { readonly folder: string }): Promise<Source>;
}

/** What a project may name: tables that the composition root wrote. */
export interface Tables {
  readonly connectors: { readonly [type: string]: () => Promise<AnyConnector> };
  readonly sources: { readonly [type: string]: SourceType };
  /** Imports a third party's connector module as the project's folder sees it. @default Node's own resolution, then `import()` */
  readonly resolve?: (specifier: string, folder: string) => Promise<unknown>;
}
