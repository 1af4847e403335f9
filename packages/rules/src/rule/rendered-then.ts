import type { IfUncertain, RetryPolicy } from "@backstitch/core/rules";
import { isRow, type Row } from "@backstitch/core/values";
import type { Argument } from "../arguments/argument.ts";
import { fits, wellFormed } from "../arguments/measure.ts";
import type { Facts } from "../facts/facts.ts";
import { ArgumentFault } from "../template/fault.ts";
import type { CompiledThen } from "./compiled-rule.ts";

/** A class, for there are many: none has a function of its own. */
export class RenderedThen implements CompiledThen {
  readonly rule: string;
  readonly name: string;
  readonly service: string;
  readonly action: string;
  readonly ifUncertain: IfUncertain;
  readonly retry: RetryPolicy | undefined;
  readonly expiresMs: number | undefined;
  readonly order: CompiledThen["order"];
  readonly limits: CompiledThen["limits"];
  readonly when: CompiledThen["when"];
  readonly elements: CompiledThen["elements"];
  private readonly args: Argument;
  private readonly limit: number;

  /** @param limit Bytes that the arguments may have. */
  constructor(then: Omit<CompiledThen, "render">, args: Argument, limit: number) {
    this.rule = then.rule;
    this.name = then.name;
    this.service = then.service;
    this.action = then.action;
    this.ifUncertain = then.ifUncertain;
    this.retry = then.retry;
    this.expiresMs = then.expiresMs;
    this.order = then.order;
    this.limits = then.limits;
    this.when = then.when;
    this.elements = then.elements;
    this.args = args;
    this.limit = limit;
  }

  render(facts: Facts): Row {
    const args = this.args.kind === "constant" ? this.args.value : this.args.render(facts);
    if (!isRow(args)) throw new ArgumentFault("ARGUMENT_INVALID", 'What "with" reads is not an object of arguments.');
    if (!fits(args, this.limit))
      throw new ArgumentFault("ARGUMENTS_TOO_LARGE", `The arguments have more than ${this.limit} bytes, which is the most that is stored.`);
    return wellFormed(args) as Row;
  }
}
