import { canMeetAll } from "./cell.ts";
import type { Literal, Node } from "./leaf.ts";
import { domainOf, libraryDomainOf, withoutLists, type Domain, type World } from "./world.ts";

/** Of tests, and of values that they name. Beyond this a condition is taken to be possible: nothing wrong is said of it, and little that is right. */
const MOST_NODES = 400;

/** Says what conditions can be true together. It errs on one side: what it calls impossible is. */
export interface Solver {
  /** Whether all of them can be true of one event of one of the worlds. */
  possible(nodes: readonly Node[], worlds: readonly World[]): boolean;
  /** The same, where a field is an array only if something asks for one: what is then possible is likely, what is not may be all the same. */
  likely(nodes: readonly Node[], worlds: readonly World[]): boolean;
  /** Whether tests of one path that are met together are met by a list alone, each by another element. */
  onlyByList(literals: readonly Literal[], worlds: readonly World[]): boolean;
}

/** What was found out of the tests of one path. */
type Cells = Map<string, boolean>;

interface Solving {
  readonly cells: Cells;
  /** What the path of these tests may find. */
  found(literals: readonly Literal[], world: World): Domain;
}

export function newSolver(): Solver {
  const cells: Cells = new Map();
  return {
    possible(nodes, worlds) {
      if (areTooMany(nodes)) return worlds.length > 0;
      return worlds.some((world) => possibleIn({ cells, found }, nodes, world));
    },
    likely(nodes, worlds) {
      if (areTooMany(nodes)) return false;
      return worlds.some((world) => possibleIn({ cells, found: foundLikely }, nodes, world));
    },
    onlyByList: (literals, worlds) =>
      !areTooMany(literals) && worlds.every((world) => !canMeet(cells, literals, withoutLists(found(literals, world)))),
  };
}

function areTooMany(nodes: readonly Node[]): boolean {
  return nodes.reduce((sum, node) => sum + sizeOf(node), 0) > MOST_NODES;
}

const sizes = new WeakMap<Node, number>();

/** Each value that a test names counts: it is held against every other one of its path. */
function sizeOf(node: Node): number {
  if (node.kind === "literal") return Math.max(1, node.leaf.about?.constants.length ?? 0) + (node.leaf.inner ? sizeOf(node.leaf.inner) : 0);
  if (node.kind === "const") return 1;
  const known = sizes.get(node);
  if (known !== undefined) return known;
  const size = node.parts.reduce((sum, part) => sum + sizeOf(part), 1);
  sizes.set(node, size);
  return size;
}

/** Of each choice some branch must go with what is assumed. */
function possibleIn(solving: Solving, nodes: readonly Node[], world: World): boolean {
  const literals = new Map<number, Literal>();
  const choices: (readonly Node[])[] = [];
  if (!assume(nodes, literals, choices) || !consistent(solving, literals, world)) return false;
  const assumed = [...literals.values()];
  return choices.every((branches) => branches.some((branch) => possibleIn(solving, [...assumed, branch], world)));
}

/** Takes what must be true apart; false where that contradicts itself at once. */
function assume(nodes: readonly Node[], literals: Map<number, Literal>, choices: (readonly Node[])[]): boolean {
  return nodes.every((node) => {
    if (node.kind === "const") return node.value;
    if (node.kind === "all") return assume(node.parts, literals, choices);
    if (node.kind !== "literal") return choices.push(node.parts) > 0;
    const { leaf, negated } = node;
    const known = literals.get(leaf.id);
    if (known !== undefined) return known.negated === negated;
    literals.set(leaf.id, node);
    return negated || assume(leaf.implies, literals, choices);
  });
}

function consistent(solving: Solving, literals: ReadonlyMap<number, Literal>, world: World): boolean {
  const byPath = new Map<string, Literal[]>();
  for (const literal of literals.values()) {
    const { about, inner, changes } = literal.leaf;
    if (changes && !literal.negated && world.operation === "delete") return false;
    if (inner !== undefined && !literal.negated && !possibleIn(solving, [inner], world)) return false;
    if (about === undefined) continue;
    const known = byPath.get(about.of);
    if (known === undefined) byPath.set(about.of, [literal]);
    else known.push(literal);
  }
  return [...byPath.values()].every((together) => canMeet(solving.cells, together, solving.found(together, world)));
}

function found([first]: readonly Literal[], world: World): Domain {
  const about = first?.leaf.about;
  if (about === undefined) throw new RangeError("A test of no path");
  return about.reads === "library" ? libraryDomainOf(about.path, world) : domainOf(about.path, world);
}

function foundLikely(literals: readonly Literal[], world: World): Domain {
  const domain = found(literals, world);
  const isOfLists = literals.some(
    ({ leaf: { about }, origin }) => about?.ofLists === true || (origin.kind === "test" && origin.operator === "$all"),
  );
  return isOfLists || !domain.whole.has("missing") ? domain : withoutLists(domain);
}

function canMeet(cells: Cells, literals: readonly Literal[], domain: Domain): boolean {
  const signs = literals.map(({ leaf, negated }) => (negated ? -leaf.id : leaf.id)).sort((one, other) => one - other);
  const key = `${domain.id} ${signs.join()}`;
  const known = cells.get(key);
  if (known !== undefined) return known;
  const answer = canMeetAll(literals, domain);
  cells.set(key, answer);
  return answer;
}
