import type { Place } from "@backstitch/core/rules";
import { compareNumbers, Decimal, integer, rowFrom } from "@backstitch/core/values";
import { parseTree, type Node } from "jsonc-parser";
import type { Located, LocatedPath } from "./located.ts";
import { placesOf } from "./place.ts";

interface Found {
  readonly key: Node | undefined;
  readonly value: Node;
}

interface Read {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  /** @default made where somebody asks for a place */
  readonly tree?: Node;
}

export class LocatedFile implements Located {
  readonly file: string;
  readonly value: unknown;
  private readonly text: string;
  private tree: Node | undefined;
  private places: ((offset: number) => Place) | undefined = undefined;

  constructor({ file, text, value, tree }: Read) {
    this.file = file;
    this.text = text;
    this.value = value;
    this.tree = tree;
  }

  placeOf(path: LocatedPath, what: "key" | "value" = "value"): Place {
    const found = nearest(this.root(), path);
    this.places ??= placesOf(this.file, this.text);
    return this.places((what === "key" ? (found.key ?? found.value) : found.value).offset);
  }

  has(path: LocatedPath): boolean {
    return path.length === 0 || walk(this.root(), path) !== undefined;
  }

  withValue(value: unknown): LocatedFile {
    const { file, text } = this;
    return new LocatedFile({ file, text, value, tree: this.root() });
  }

  private root(): Node {
    return (this.tree ??= parseTree(this.text) ?? { type: "null", offset: 0, length: 0 });
  }
}

function nearest(root: Node, path: LocatedPath): Found {
  for (let length = path.length; length > 0; length--) {
    const found = walk(root, path.slice(0, length));
    if (found !== undefined) return found;
  }
  return { key: undefined, value: root };
}

function walk(root: Node, path: LocatedPath): Found | undefined {
  let found: Found | undefined = { key: undefined, value: root };
  for (const segment of path) {
    found = step(found.value, segment);
    if (found === undefined) return undefined;
  }
  return found;
}

function step(node: Node, segment: string | number): Found | undefined {
  if (node.type === "array") {
    const value = node.children?.[Number(segment)];
    return value === undefined ? undefined : { key: undefined, value };
  }
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key !== undefined && value !== undefined && key.value === segment) return { key, value };
  }
  return undefined;
}

/** What the tree of a text says, with every digit of its numbers. */
export function valueOf(node: Node, text: string): unknown {
  if (node.type === "array") return (node.children ?? []).map((item) => valueOf(item, text));
  if (node.type === "object") {
    return rowFrom(
      (node.children ?? []).map(({ children: [key, value] = [] }) => [String(key?.value), value && valueOf(value, text)] as const),
    );
  }
  return node.type === "number" ? numberOf(text.slice(node.offset, node.offset + node.length)) : node.value;
}

/** A number with every digit that was written. */
function numberOf(text: string): number | bigint | Decimal {
  if (/^-?\d+$/.test(text)) return integer(text);
  const number = Number(text);
  try {
    const decimal = Decimal.parse(text);
    return compareNumbers(number, decimal) === 0 ? number : decimal;
  } catch {
    return number;
  }
}
