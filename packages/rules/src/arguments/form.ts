import type { Value } from "@backstitch/core/values";
import type { Path } from "../path/resolve-path.ts";
import type { ParsedTemplate } from "../template/parse-template.ts";

/** The intermediate form of arguments: readonly plain data, but for what Liquid read already. Nobody after it sees how a file spelled it. */
export type ArgumentForm =
  | { readonly kind: "constant"; readonly value: Value }
  /** The value with its type. */
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "list"; readonly items: readonly ArgumentForm[] }
  /** In the order in which they were written. */
  | { readonly kind: "row"; readonly entries: readonly (readonly [name: string, form: ArgumentForm])[] }
  | TemplateForm;

export interface TemplateForm {
  readonly kind: "template";
  readonly text: string;
  /** Every path it reads, cut off where it goes on by a variable. */
  readonly reads: readonly Path[];
  /** Undefined: there is more in it than text and plain paths. */
  readonly pieces: readonly Piece[] | undefined;
  /** Undefined: Liquid reads the text when it is first needed. */
  readonly parsed?: ParsedTemplate | undefined;
}

/** A text, or what a path gives. */
export type Piece = string | PathPiece;

export interface PathPiece {
  readonly path: Path;
  /** As it is written, for what is said where it fails: `{{ after.name }}`, and what stands in it. */
  readonly output: string;
  readonly variable: string;
}
