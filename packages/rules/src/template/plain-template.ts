import type { Lands } from "@backstitch/core/connector";
import type { Value } from "@backstitch/core/values";
import type { PathPiece, Piece } from "../arguments/form.ts";
import { type Facts } from "../facts/facts.ts";
import { step } from "../facts/read.ts";
import type { Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "./fault.ts";
import { land, printed } from "./landing.ts";
import type { RenderText } from "./make-template.ts";

/** Names by which Liquid reads something of a value that is no row. Of a row that has no `size`, it counts the fields. */
const OF_OTHERS = new Set(["first", "last", "length", "text"]);
const ROW_ROOTS = new Set<Path["root"]>(["before", "after", "key"]);

/** Whether the pieces can be rendered without Liquid, and a failure be said in its words. */
export function isPlain(pieces: readonly Piece[]): boolean {
  return pieces.every((piece) => typeof piece === "string" || isPlainPath(piece.path));
}

function isPlainPath({ root, segments }: Path): boolean {
  const [, ...inside] = ROW_ROOTS.has(root) ? segments : [root, ...segments];
  return !segments.includes("size") && !inside.some((name) => OF_OTHERS.has(name) || /^\d+$/.test(name));
}

/** Renders plain pieces as Liquid would, whatever the values are. @throws ArgumentFault */
export function renderPlainly(pieces: readonly Piece[], lands: Lands): RenderText {
  return (facts) => pieces.map((piece) => (typeof piece === "string" ? piece : renderPiece(piece, lands, facts))).join("");
}

function renderPiece({ path, output, variable }: PathPiece, lands: Lands, facts: Facts): string {
  const value = readAsLiquid(path, facts);
  if (value === undefined) throw new ArgumentFault("TEMPLATE_FAILED", `${variable} is missing`);
  try {
    return land(printed(value), lands);
  } catch (error) {
    if (error instanceof ArgumentFault) throw new ArgumentFault(error.code, `${output}: ${error.message}`);
    throw error;
  }
}

/** Whatever is read of null is null. */
function readAsLiquid({ root, segments }: Path, facts: Facts): Value | undefined {
  let value: Value | undefined = root === "element" ? undefined : facts[root];
  for (const name of segments) if (value !== null) value = step(value, name);
  return value;
}
