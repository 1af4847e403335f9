import type { Problem } from "@backstitch/core/rules";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileProblem } from "../problem.ts";

/** A file's text, or what is wrong with the file. `missing`: there is none, which only the caller can judge. */
export type ReadText = { readonly text: string } | { readonly problem: Problem } | "missing";

const LARGEST_BYTES = 1_048_576;

/** Reads a text file of the project: UTF-8 without byte order mark, at most 1 MB. */
export async function readText(folder: string, file: string): Promise<ReadText> {
  const path = join(folder, file);
  try {
    const about = await stat(path);
    if (!about.isFile()) return refused(file, "FILE_NOT_A_FILE", "This is not a file.", "Put a text file in its place.");
    if (about.size > LARGEST_BYTES) {
      return refused(file, "FILE_TOO_LARGE", `The file has ${about.size} bytes; at most ${LARGEST_BYTES} are read.`, "Split it.");
    }
    return decode(file, await readFile(path));
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" ? "missing" : refused(file, "FILE_UNREADABLE", `The file cannot be read: ${code}.`, remedyFor(code));
  }
}

/** The system's name for what went wrong. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "unknown error";
}

/** What to do about the system's commoner refusals. */
export function remedyFor(code: string): string | undefined {
  if (code === "EACCES" || code === "EPERM") return "Let the user that runs this read it.";
  return code === "ELOOP" ? "It is a symbolic link that leads back to itself: remove it." : undefined;
}

function decode(file: string, bytes: Uint8Array): ReadText {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return refused(file, "FILE_NOT_UTF8", "The file is written in UTF-16.", "Save it as UTF-8.");
  }
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return refused(file, "FILE_HAS_BOM", "The file begins with a byte order mark.", "Save it as UTF-8 without one.");
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refused(file, "FILE_NOT_UTF8", "The file is not text in UTF-8.", "Save it as UTF-8.");
  }
}

function refused(file: string, code: string, message: string, remedy: string | undefined): ReadText {
  return { problem: fileProblem(file, code, message, remedy) };
}
