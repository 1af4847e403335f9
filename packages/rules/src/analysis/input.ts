import type { Operation } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import type { RuleFile } from "../files.ts";

/** What a source can send. */
export interface SourceFacts {
  readonly operations: readonly Operation[];
  /** Whether it can send the row as it was before. */
  readonly before: boolean;
}

/** What a column holds, besides null. `json`: anything. */
export type ColumnType = "text" | "number" | "boolean" | "list" | "json";

/** Source → collection → what is known of it. */
export type ByCollection<Known> = ReadonlyMap<string, ReadonlyMap<string, Known>>;

/** So many units of what a service's deliveries cost in any stretch of time of that length. */
export interface ServiceLimit {
  readonly unit: string;
  readonly count: number;
  /** Milliseconds. */
  readonly periodMs: number;
}

/** What is known of the world that the rules look at: the more of it, the more is found. */
export interface AnalysisInput {
  /** By the source's name. @default nothing is known of it */
  readonly sources?: ReadonlyMap<string, SourceFacts>;
  /** The columns that a collection has, by name. @default nothing is known of them */
  readonly columns?: ByCollection<ReadonlyMap<string, ColumnType>>;
  /** Rows as they may be; asked only where the columns are not known. @default none */
  readonly rows?: ByCollection<readonly Row[]>;
  /** The files of `services/`, without problems: their guards are looked at, too. @default none */
  readonly services?: readonly RuleFile[];
  /** By the service's name: what it lets through. @default none has limits */
  readonly limits?: ReadonlyMap<string, readonly ServiceLimit[]>;
}
