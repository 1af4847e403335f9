import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Quit } from "./quit.ts";

/** The text of a file that was named on the command line; `-`: of standard input. @param what It holds, for messages. @throws Quit */
export async function textIn(file: string, what: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Quit(`The ${what} ${JSON.stringify(file)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
