import { parseEnv } from "node:util";

/** What is done about a name that is not set: it is a problem, or what it would give is left out. */
export type Unset = "problem" | "leave-out";

/** What `$env` and `$secret` name. */
export interface Environment {
  /** Undefined: not set; an empty text counts as not set. */
  read(name: string): string | undefined;
  readonly unset: Unset;
}

/** The real environment over the project's `.env`. */
export function environmentOf(real: Readonly<Record<string, string | undefined>>, dotEnv: string | undefined, unset: Unset): Environment {
  const written = new Map(Object.entries(parseEnv(dotEnv ?? "")));
  return {
    unset,
    read(name) {
      const given = Object.hasOwn(real, name) ? real[name] : undefined;
      return given || written.get(name) || undefined;
    },
  };
}
