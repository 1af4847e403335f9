import { parseDuration } from "@backstitch/rules";
import { InvalidArgumentError } from "commander";

export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError("It must be from 0 to 65535.");
  return port;
}

/** With none wanted, "No deliveries." would be said of a journal that has some. */
export function atLeastOne(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError("It must be at least 1.");
  return number;
}

/** Why something is done. */
export function reason(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It must say why.");
  return text;
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a duration such as "30s", "5m" or "1h".');
  return ms;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of at most 15 digits.");
  return Number(text);
}
