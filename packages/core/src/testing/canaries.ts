import { inspect } from "node:util";

/** Looks for texts that must never be seen, in every spelling in which they travel. */
export interface Canaries {
  /** Those that the value holds, wherever in it: enumerable or hidden, in a message, a stack or a cause. */
  seenIn(value: unknown): readonly string[];
}

/** Texts that must never be seen. */
export function canaries(texts: readonly string[]): Canaries {
  const spellings = texts.map((text) => ({ text, forms: formsOf(text) }));
  return {
    seenIn(value) {
      const shown = [typeof value === "string" ? value : inspect(value, { depth: Infinity, showHidden: true }), serialised(value)].join(
        "\n",
      );
      return spellings.filter(({ forms }) => forms.some((form) => shown.includes(form))).map(({ text }) => text);
    },
  };
}

/** As it is, in an address, and in base64 at each of the three alignments (a Basic header encodes it behind a user name). */
function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), end);
  });
  return [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    bytes.toString("hex"),
    ...base64.filter((form) => form.length >= 6),
  ];
}

function serialised(value: unknown): string {
  try {
    return JSON.stringify(value, (_name, item: unknown) => (typeof item === "bigint" ? String(item) : item)) ?? "";
  } catch {
    return "";
  }
}
