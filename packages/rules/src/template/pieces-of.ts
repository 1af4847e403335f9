import { TypeGuards, type Liquid, type Template } from "liquidjs";
import type { Piece } from "../arguments/form.ts";
import { isPathFault, resolveSegments, type Scope } from "../path/resolve-path.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import { LONGEST_QUOTE as LONGEST } from "./fault.ts";

/** Undefined where there is more in the template than text and `{{ plain.paths }}`. */
export function piecesOf({ templates, liquid }: ParsedTemplate, scope: Scope): readonly Piece[] | undefined {
  const pieces = templates.map((template) => pieceOf(template, liquid, scope));
  return pieces.includes(undefined) ? undefined : (pieces as Piece[]);
}

/** Liquid's own nodes, as far as they are looked into. */
interface Looked {
  readonly str?: unknown;
  readonly value?: {
    readonly initial?: { readonly postfix?: readonly unknown[] };
    readonly filters?: readonly { readonly handler?: unknown }[];
  };
}

function pieceOf(template: Template, liquid: Liquid, scope: Scope): Piece | undefined {
  const { str, value } = template as unknown as Looked;
  if (typeof str === "string") return str;
  const [token, more] = value?.initial?.postfix ?? [];
  const [filter, another] = value?.filters ?? [];
  // The escaping that every output ends with is a filter too; `raw` takes its place.
  if (
    more !== undefined ||
    another !== undefined ||
    filter?.handler !== liquid.options.outputEscape ||
    !TypeGuards.isOutputToken(template.token)
  )
    return undefined;
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return undefined;
  const segments = token.props.map((prop) => (TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) ? prop.content : undefined));
  if (segments.includes(undefined)) return undefined;
  const path = resolveSegments(segments as string[], scope);
  if (isPathFault(path) || path.root === "changed") return undefined;
  return { path, output: template.token.getText().slice(0, LONGEST), variable: token.getText().slice(0, LONGEST) };
}
