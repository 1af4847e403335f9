const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const BYTES: Readonly<Record<string, number>> = {
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

/** `500ms`, `30s`, `5m`, `12h`, `1d` in milliseconds; undefined where the text is not so. */
export function millisecondsOf(text: string): number | undefined {
  return amount(text, MILLISECONDS);
}

/** `500MB`, `10GB` (thousands), `1GiB` (1024s) in bytes; undefined where the text is not so. */
export function bytesOf(text: string): number | undefined {
  return amount(text, BYTES);
}

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}
