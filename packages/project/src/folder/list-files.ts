import type { Problem } from "@backstitch/core/rules";
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { asWarning, compare, fileProblem } from "../problem.ts";
import { errorCode, remedyFor } from "./read-text.ts";

/** What is read from one of the project's folders. */
export interface Kind {
  readonly folder: string;
  readonly extension: ".json" | ".liquid";
  /** Folders in it are read too. */
  readonly nested: boolean;
}

/** Names of what was found; paths are relative to the project, with forward slashes, in order. */
export interface Listed {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}

const NAME = /^[A-Za-z0-9._-]+$/;
/** What people keep beside their files, and nobody expects to be read. */
const BESIDE = /\.(?:md|txt)$/i;

/** Lists the files of a kind. Names that begin with a dot are left alone; whatever else is not read is said. */
export async function listFiles(project: string, kind: Kind): Promise<Listed> {
  const listed: { files: string[]; folders: string[]; problems: Problem[] } = { files: [], folders: [], problems: [] };
  /** The real folder → how it was reached first: links that lead in a circle are followed once. */
  const seen = new Map<string, string>();

  async function visit(folder: string): Promise<void> {
    const path = join(project, folder);
    const real = await realpath(path);
    const first = seen.get(real);
    if (first !== undefined) {
      const message = `This is the same folder as ${JSON.stringify(first)}, by a symbolic link.`;
      listed.problems.push(fileProblem(folder, "FOLDER_REPEATED", message, "Remove the link."));
      return;
    }
    seen.set(real, folder);
    listed.folders.push(folder);
    const entries = (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
    for (const entry of entries.sort((left, right) => compare(left.name, right.name))) {
      await attempt(`${folder}/${entry.name}`, () => visitEntry(`${folder}/${entry.name}`, entry));
    }
  }

  async function visitEntry(file: string, entry: Dirent): Promise<void> {
    const { name } = entry;
    const isFolder = (entry.isSymbolicLink() ? await stat(join(project, file)) : entry).isDirectory();
    const isRead = isFolder ? kind.nested : name.endsWith(kind.extension);
    if (!isRead) {
      if (!BESIDE.test(name)) listed.problems.push(notRead(file, kind, isFolder));
    } else if (!NAME.test(name)) listed.problems.push(badName(file, name));
    else if (isFolder) await visit(file);
    else listed.files.push(file);
  }

  async function attempt(file: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (file !== kind.folder || errorCode(error) !== "ENOENT") listed.problems.push(unreadable(file, errorCode(error)));
    }
  }

  await attempt(kind.folder, () => visit(kind.folder));
  return listed;
}

function unreadable(file: string, code: string): Problem {
  if (code === "ENOENT")
    return fileProblem(file, "FILE_UNREADABLE", "This is a symbolic link to nothing.", "Remove it, or make what it names.");
  if (code === "ENOTDIR")
    return fileProblem(file, "FILE_UNREADABLE", "This is a file; a folder is expected.", "Put a folder in its place.");
  return fileProblem(file, "FILE_UNREADABLE", `This cannot be read: ${code}.`, remedyFor(code));
}

function notRead(file: string, { folder, extension }: Kind, isFolder: boolean): Problem {
  const message = isFolder
    ? `Folders in "${folder}" are not read.`
    : `This file is not read: the files of "${folder}" end in ${extension}.`;
  return asWarning(fileProblem(file, isFolder ? "FOLDER_NOT_READ" : "FILE_NOT_READ", message, "Move or rename it."));
}

function badName(file: string, name: string): Problem {
  const message = `${JSON.stringify(name)} is not a name for a file here: a name has letters (A to Z), digits, dots, dashes and underscores.`;
  return fileProblem(file, "FILE_NAME_INVALID", message, "Rename it.");
}
