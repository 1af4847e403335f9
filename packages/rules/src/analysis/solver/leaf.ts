import type { Condition } from "../../condition/form.ts";
import type { Path } from "../../path/resolve-path.ts";
import type { Sample } from "./samples.ts";

/** What a test says of a value: `undefined`, it depends; `rejects`, the run of json-rules-engine is then rejected. */
export type Verdict = boolean | undefined | "rejects";

/** A test as the solver sees it. Two that always say the same have the same `key`. */
export interface Leaf {
  readonly id: number;
  readonly key: string;
  readonly origin: Condition;
  /** Undefined: nothing is known of it but that it is itself. */
  readonly about: About | undefined;
  /** What must be true besides, where it is true. */
  readonly implies: readonly Literal[];
  /** Of an array, what one of its elements must meet. */
  readonly inner: Node | undefined;
  /** It cannot be true of a delete, where nothing changes. */
  readonly changes: boolean;
}

/** A test of the value that a path finds. */
export interface About {
  readonly path: Path;
  /** Tests with the same are of the same value. */
  readonly of: string;
  /**
   * `each`: of the value, or of an element of it; `whole`: of the value alone; `pinned`: of the one value that is there, which is no list;
   * `library`: as json-rules-engine reads.
   */
  readonly reads: "each" | "whole" | "pinned" | "library";
  readonly constants: readonly unknown[];
  readonly sizes: readonly number[];
  /** It was written with arrays in mind. */
  readonly ofLists: boolean;
  /** False of whatever is there: `$exists`. */
  readonly presence: boolean;
  says(sample: Sample): Verdict;
}

export interface Literal {
  readonly kind: "literal";
  readonly leaf: Leaf;
  readonly negated: boolean;
  readonly origin: Condition;
}

/** A condition in negation normal form; `origin` is what was written. */
export type Node =
  | Literal
  | { readonly kind: "const"; readonly value: boolean; readonly origin: Condition }
  | { readonly kind: "all" | "any"; readonly parts: readonly Node[]; readonly origin: Condition };
