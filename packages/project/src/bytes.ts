const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `500MB`, `10GB` (thousands), `1.5GiB` (1024s), `5000000` in bytes; undefined where the text is none of these. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit === "" ? "B" : unit];
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor);
}
