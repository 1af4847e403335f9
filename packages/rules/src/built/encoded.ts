import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import type { Row, Value } from "@backstitch/core/values";
import type { LibraryTest, Staged } from "../condition/form.ts";
import type { RuleSummary } from "../rule/compiled-rule.ts";

/** What a built project holds of its rules and guards: intermediate forms as JSON values, with each path written once. */
export interface EncodedRules {
  readonly hash: string;
  /** The files of `values/`. */
  readonly values: Row;
  /** Root and segments; elsewhere a path is its place in this list. */
  readonly paths: readonly (readonly string[])[];
  readonly rules: readonly EncodedRule[];
  /** By service. */
  readonly guards: Readonly<Record<string, readonly EncodedGuard[]>>;
  /** By service: the path into the event that its deliveries take turns by. */
  readonly turns: Readonly<Record<string, readonly string[]>>;
  /** Text of the files in `templates/`; none where no template needs Liquid. */
  readonly templates: Readonly<Record<string, string>>;
}

export interface EncodedRule {
  readonly summary: RuleSummary;
  readonly when: EncodedCondition;
  readonly then: readonly EncodedThen[];
}

export interface EncodedThen {
  readonly name: string;
  readonly service: string;
  readonly action: string;
  readonly ifUncertain: IfUncertain;
  readonly retry?: RetryPolicy | undefined;
  readonly expiresMs?: number | undefined;
  readonly order: "lane" | "none" | { readonly by: number };
  readonly limits?: RuleLimits | undefined;
  readonly when?: EncodedCondition | undefined;
  readonly each?: number | undefined;
  readonly args: EncodedArgument;
  readonly links?: readonly EncodedLink[] | undefined;
}

export interface EncodedLink {
  readonly name: string;
  readonly service: string;
  readonly args: EncodedArgument;
}

export interface EncodedGuard {
  readonly name: string;
  readonly actions: readonly string[];
  readonly callers: readonly ("rules" | "users")[];
  readonly condition: EncodedCondition;
}

export type EncodedCondition =
  | { readonly kind: "const"; readonly value: boolean }
  | { readonly kind: "and"; readonly all: readonly EncodedCondition[] }
  | { readonly kind: "or"; readonly any: readonly EncodedCondition[] }
  | { readonly kind: "not"; readonly condition: EncodedCondition }
  | { readonly kind: "test"; readonly path: number; readonly operator: string; readonly operand: EncodedOperand }
  | { readonly kind: "element"; readonly path: number; readonly condition: EncodedCondition; readonly rowsOnly?: true | undefined }
  | { readonly kind: "change"; readonly field: readonly string[]; readonly operator: string; readonly operand: EncodedOperand }
  | (Omit<LibraryTest, "fact" | "operand"> & { readonly fact: number; readonly operand: EncodedFactOrLiteral })
  | (Omit<Staged, "stages"> & { readonly stages: readonly (readonly EncodedCondition[])[] });

export type EncodedFactOrLiteral = { readonly kind: "literal"; readonly value: unknown } | { readonly kind: "fact"; readonly fact: number };

export type EncodedOperand =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "dated"; readonly value: EncodedLiteral }
  | { readonly kind: "path"; readonly path: number }
  | { readonly kind: "list"; readonly items: readonly EncodedOperand[] };

/** A literal that may have moments in it. */
export type EncodedLiteral =
  | { readonly value: Value }
  | { readonly instant: readonly [seconds: number, fraction: string] }
  | { readonly list: readonly EncodedLiteral[] }
  | { readonly row: readonly (readonly [name: string, literal: EncodedLiteral])[] };

export type EncodedArgument =
  | { readonly kind: "constant"; readonly value: Value }
  | { readonly kind: "path"; readonly path: number }
  | { readonly kind: "list"; readonly items: readonly EncodedArgument[] }
  | { readonly kind: "row"; readonly entries: readonly (readonly [name: string, form: EncodedArgument])[] }
  | {
      readonly kind: "template";
      /** Empty where nothing but its pieces is needed. */
      readonly text: string;
      readonly reads: readonly number[];
      readonly pieces?: readonly (string | EncodedPiece)[] | undefined;
    };

export interface EncodedPiece {
  readonly path: number;
  readonly output: string;
  readonly variable: string;
}
