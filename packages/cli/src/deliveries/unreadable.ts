import { UNREADABLE } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";

/** So much of a record is shown; the JSON has all of it. Characters. */
const MOST_SHOWN = 4_000;
/** Beside the names of what is shown. */
const MARGIN = " ".repeat(13);

/** The bytes of a record that its source could not read; undefined where the event is another, or stands for what never came. */
export function recordIn({ collection, after }: ChangeEvent): Buffer | undefined {
  const raw = collection === UNREADABLE ? after?.["raw"] : undefined;
  return typeof raw === "string" && raw !== "" ? Buffer.from(raw, "base64") : undefined;
}

/** Says what a record is without showing it: nothing tells what of it is a recipient. */
export function hiddenRecord(bytes: Buffer): string {
  return `${about(bytes, textOf(bytes))}; "--reveal" shows it`;
}

/** For people: as text where it is one that can be printed, else as base64, and where all of it is. */
export function shownRecord(bytes: Buffer, delivery: string): string {
  const text = textOf(bytes);
  const shown = text ?? bytes.toString("base64");
  const start = shown.slice(0, MOST_SHOWN).replace(/[\ud800-\udbff]$/, "");
  const all = `backstitch deliveries show ${delivery} --reveal --json | jq -r .event.after.raw | base64 -d`;
  const cut = start === shown ? "" : `, of which the first ${MOST_SHOWN} characters follow; all of it: ${all}`;
  const lines = start.split(/\r?\n/);
  return [`${about(bytes, text)}${cut}`, ...lines.map((line) => MARGIN + line)].join("\n");
}

function about({ length }: Buffer, text: string | undefined): string {
  return `${length.toLocaleString("en")} ${length === 1 ? "byte" : "bytes"}, ${text === undefined ? "no text: base64" : "text"}`;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What a terminal obeys, or shows elsewhere than where it stands. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Co}\p{Cn}\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/u;

/** Undefined where it is no text, or not one to print. */
function textOf(bytes: Buffer): string | undefined {
  try {
    const text = UTF8.decode(bytes);
    return UNPRINTABLE.test(text.replaceAll("\r\n", "\n")) ? undefined : text;
  } catch {
    return undefined;
  }
}
