import { isatty } from "node:tty";
import pc from "picocolors";

const { env } = process;
const STDOUT = 1;

/** Colours for a person at a terminal; a pipe, a file and `NO_COLOR` get plain text. Unlike the library's own choice, also where `CI` is set. */
export const colours = pc.createColors(!env["NO_COLOR"] && (Boolean(env["FORCE_COLOR"]) || (isatty(STDOUT) && env["TERM"] !== "dumb")));
