import type { Secret } from "./secret.ts";
import type { Value } from "../values/value.ts";

/** How a rendered value is escaped for the place it lands in. */
export type Lands = "html" | "header" | "path-segment" | "url" | "text";

/**
 * The part of JSON Schema 2020-12 that configurations and arguments are described with, and four keywords of ours.
 * Values are plain and readonly, so that TypeScript types can be derived from them ({@link FromSchema}).
 */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly $defs?: { readonly [name: string]: JsonSchema };
  readonly $ref?: string;
  /** Ours: the value names a person or address: masked in what is shown, counted by limits. */
  readonly recipient?: true;
  /** Ours, beside `recipient`: nothing goes there, as to an address for answers, so that limits do not count it. @default true */
  readonly addressee?: false;
  /** Ours: how a rendered value is escaped. @default "text" */
  readonly lands?: Lands;
  /** Ours, in configurations only: must be given by `{"$secret": …}` and arrives as a {@link Secret}. */
  readonly secret?: true;
}

/** The TypeScript type that a schema describes. `secret: true` is a {@link Secret}; a schema without a type is any {@link Value}. */
export type FromSchema<S> = S extends { readonly secret: true }
  ? Secret
  : S extends { readonly const: infer Only }
    ? Only
    : S extends { readonly enum: readonly (infer One)[] }
      ? One
      : S extends { readonly anyOf: readonly (infer One)[] }
        ? FromSchema<One>
        : S extends { readonly type: "object" }
          ? FromObject<S>
          : S extends { readonly type: "array" }
            ? readonly (S extends { readonly items: infer Item } ? FromSchema<Item> : Value)[]
            : S extends { readonly type: "string" }
              ? string
              : S extends { readonly type: "number" | "integer" }
                ? number
                : S extends { readonly type: "boolean" }
                  ? boolean
                  : S extends { readonly type: "null" }
                    ? null
                    : Value;

type FromObject<S> = S extends { readonly properties: infer Properties }
  ? Show<
      { readonly [Name in keyof Properties as Name extends Required<S> ? Name : never]: FromSchema<Properties[Name]> } & {
        readonly [Name in keyof Properties as Name extends Required<S> ? never : Name]?: FromSchema<Properties[Name]> | undefined;
      }
    >
  : { readonly [name: string]: S extends { readonly additionalProperties: infer Item extends JsonSchema } ? FromSchema<Item> : Value };

type Required<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;
type Show<T> = { [Name in keyof T]: T[Name] };

/** One thing that is wrong with a value, where in it, in words for people. */
export interface SchemaFault {
  /** Path into the value: `["with", "to"]`. */
  readonly path: readonly (string | number)[];
  /** The failing keyword: `required`, `type`, `additionalProperties`, … */
  readonly keyword: string;
  /** `"attempts" is 500; it must be from 1 to 100.` Never quotes the value where a schema says `recipient` or `secret`. */
  readonly message: string;
  /** For an unknown or missing property: its name. */
  readonly property?: string;
  /** For an unknown property or value: what is allowed, for "did you mean". */
  readonly allowed?: readonly string[];
}

/** Compiles a schema once; core and rules take it by the door, so that neither knows a validator. */
export type Validate = (schema: JsonSchema) => (value: unknown) => readonly SchemaFault[];
