import type { Value } from "@backstitch/core/values";

/** A file of `collections/`, as it is written. */
export interface RolesFile {
  readonly roles: readonly RoleFile[];
  readonly filters?: readonly FilterFile[];
}

export interface FieldFile {
  readonly read?: Value;
  readonly write?: Value;
  readonly fields?: Readonly<Record<string, FieldFile>>;
}

export interface RoleFile extends FieldFile {
  readonly name: string;
  readonly applyWhen?: Value;
  readonly documentFilters?: { readonly read?: Value; readonly write?: Value };
  readonly insert?: Value;
  readonly delete?: Value;
  readonly additionalFields?: { readonly read?: Value; readonly write?: Value };
}

export interface FilterFile {
  readonly name: string;
  readonly applyWhen?: Value;
  readonly query?: Value;
  readonly without?: readonly string[];
}
