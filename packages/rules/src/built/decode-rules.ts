import type { ArgumentForm, Piece } from "../arguments/form.ts";
import type { GuardForm } from "../guard/make-guard.ts";
import type { Path } from "../path/resolve-path.ts";
import type { RuleForm, ThenForm } from "../rule/form.ts";
import { decodeCondition, type PathAt } from "./decode-condition.ts";
import type { EncodedArgument, EncodedGuard, EncodedPiece, EncodedRule, EncodedThen } from "./encoded.ts";

/** The same place is the same path. */
export function pathsOf(encoded: readonly (readonly string[])[]): PathAt {
  const paths = encoded.map(([root, ...segments]) => ({ root, segments }) as Path);
  return (place) => {
    const path = paths[place];
    if (path === undefined) throw new RangeError(`There is no path ${place}.`);
    return path;
  };
}

export function decodeRule({ summary, when, then }: EncodedRule, pathAt: PathAt): RuleForm {
  return { summary, when: decodeCondition(when, pathAt), then: then.map((entry) => decodeThen(entry, pathAt)) };
}

function decodeThen(entry: EncodedThen, pathAt: PathAt): ThenForm {
  const { name, service, action, ifUncertain, retry, expiresMs, order, limits, when, each, args, links } = entry;
  return {
    name,
    service,
    action,
    ifUncertain,
    retry,
    expiresMs,
    limits,
    order: typeof order === "string" ? order : { by: pathAt(order.by) },
    when: when && decodeCondition(when, pathAt),
    each: each === undefined ? undefined : pathAt(each),
    args: decodeArgument(args, pathAt),
    links: links?.map((link) => ({ ...link, args: decodeArgument(link.args, pathAt) })),
  };
}

export function decodeGuard({ condition, ...guard }: EncodedGuard, pathAt: PathAt): GuardForm {
  return { ...guard, condition: decodeCondition(condition, pathAt) };
}

function decodeArgument(form: EncodedArgument, pathAt: PathAt): ArgumentForm {
  switch (form.kind) {
    case "constant":
      return form;
    case "path":
      return { kind: "path", path: pathAt(form.path) };
    case "list":
      return { kind: "list", items: form.items.map((item) => decodeArgument(item, pathAt)) };
    case "row":
      return { kind: "row", entries: form.entries.map(([name, item]) => [name, decodeArgument(item, pathAt)] as const) };
    case "template": {
      const { kind, text, reads, pieces } = form;
      return { kind, text, reads: reads.map(pathAt), pieces: pieces?.map((piece) => decodePiece(piece, pathAt)) };
    }
  }
}

function decodePiece(piece: string | EncodedPiece, pathAt: PathAt): Piece {
  return typeof piece === "string" ? piece : { ...piece, path: pathAt(piece.path) };
}
