import { isRow, type Row } from "@backstitch/core/values";
import { fits, wellFormed } from "../arguments/measure.ts";
import type { Facts } from "../facts/facts.ts";
import { ArgumentFault } from "../template/fault.ts";
import type { CompiledThen } from "./compiled-rule.ts";

/** The arguments that an entry makes of an event. @throws ArgumentFault */
export function renderThen({ args: argument, limit }: CompiledThen, facts: Facts): Row {
  const args = argument.kind === "constant" ? argument.value : argument.render(facts);
  if (!isRow(args)) throw new ArgumentFault("ARGUMENT_INVALID", 'What "with" reads is not an object of arguments.');
  if (!fits(args, limit))
    throw new ArgumentFault("ARGUMENTS_TOO_LARGE", `The arguments have more than ${limit} bytes, which is the most that is stored.`);
  return wellFormed(args) as Row;
}
