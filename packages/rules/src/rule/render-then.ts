import { linkMark, LINKS } from "@backstitch/core/rules";
import { encodeValue, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Argument } from "../arguments/argument.ts";
import { fits, wellFormed } from "../arguments/measure.ts";
import type { Facts } from "../facts/facts.ts";
import { ArgumentFault } from "../template/fault.ts";
import type { CompiledThen } from "./compiled-rule.ts";

/**
 * The arguments that an entry makes of an event, and with them what its links are.
 * @param keyOf The delivery's key. @throws ArgumentFault
 */
export function renderThen({ args: argument, limit, links }: CompiledThen, facts: Facts, keyOf: () => string): Row {
  return stored(links === undefined ? rowOf(argument, facts) : renderLinked({ argument, links, key: keyOf() }, facts), limit);
}

/** @throws ArgumentFault */
export function renderArguments({ args, limit }: Pick<CompiledThen, "args" | "limit">, facts: Facts): Row {
  return stored(rowOf(args, facts), limit);
}

function stored(args: Row, limit: number): Row {
  if (!fits(args, limit))
    throw new ArgumentFault("ARGUMENTS_TOO_LARGE", `The arguments have more than ${limit} bytes, which is the most that is stored.`);
  return wellFormed(args) as Row;
}

function rowOf(argument: Argument, facts: Facts): Row {
  const args = valueOf(argument, facts);
  if (!isRow(args)) throw new ArgumentFault("ARGUMENT_INVALID", 'What "with" reads is not an object of arguments.');
  // A row must not say what links are made.
  if (Object.hasOwn(args, LINKS)) throw new ArgumentFault("ARGUMENT_INVALID", `No argument can be called ${JSON.stringify(LINKS)}.`);
  return args;
}

interface Linked {
  readonly argument: Argument;
  readonly links: NonNullable<CompiledThen["links"]>;
  readonly key: string;
}

/** Of links that are not in it, as in a branch of a template that is not taken, nothing is made. */
function renderLinked({ argument, links, key }: Linked, facts: Facts): Row {
  const marked = links.map((link) => ({ link, mark: linkMark(key, link.name) }));
  const args = rowOf(argument, { ...facts, links: rowFrom(marked.map(({ link, mark }) => [link.name, mark] as const)) });
  const text = encodeValue(args);
  const stored = marked
    .filter(({ mark }) => text.includes(mark))
    .map(({ link: { name, service, args: made }, mark }) => [mark, { name, service, with: rowOf(made, facts) }] as const);
  return stored.length === 0 ? args : { ...args, [LINKS]: rowFrom(stored) };
}

function valueOf(argument: Argument, facts: Facts): Value {
  return argument.kind === "constant" ? argument.value : argument.render(facts);
}
