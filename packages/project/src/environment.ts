import { parseEnv } from "node:util";

/** What `$env` and `$secret` name. Undefined: not set; an empty text counts as not set. */
export type Environment = (name: string) => string | undefined;

/** The real environment over the project's `.env`. */
export function environmentOf(real: Readonly<Record<string, string | undefined>>, dotEnv: string | undefined): Environment {
  const written = new Map(Object.entries(parseEnv(dotEnv ?? "")));
  return (name) => {
    const given = Object.hasOwn(real, name) ? real[name] : undefined;
    return given || written.get(name) || undefined;
  };
}
