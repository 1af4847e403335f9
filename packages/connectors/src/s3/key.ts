import { ConnectorError, type SchemaFault } from "@backstitch/core/connector";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_BYTES = 1_024;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with a key, tried in order. The SDK sends all of these without complaint, and proxies turn `..` into somebody else's prefix. */
const FAULTS: readonly (readonly [broken: (key: string) => boolean, says: string])[] = [
  [(key) => key === "", "is empty"],
  [(key) => Buffer.byteLength(key) > MAX_BYTES, `is longer than ${MAX_BYTES} bytes of UTF-8`],
  [(key) => !key.isWellFormed(), "holds half a character (a lone surrogate)"],
  [(key) => CONTROL.test(key), "holds a line break or another control character"],
  [(key) => key.startsWith("/"), "begins with a slash"],
  [(key) => key.includes("//"), "has an empty part between two slashes"],
  [(key) => key.split("/").some((part) => part === "." || part === ".."), 'has a part "." or ".."'],
  [(key) => /\bundefined\b|\[object Object\]/.test(key), 'holds "undefined", so a value in it was missing'],
];

function faultOf(key: string): string | undefined {
  return FAULTS.find(([broken]) => broken(key))?.[1];
}

/** @throws ConnectorError `rejected` when the key would not name the object that was meant. The key is not quoted: it may hold a person's name. */
export function checkedKey(key: string, argument = "key"): string {
  const fault = faultOf(key);
  if (fault === undefined) return key;
  throw new ConnectorError("rejected", "S3_KEY_INVALID", `The object's key ${fault}. Look at what the rule puts into "${argument}".`);
}

/** The same of arguments, before anything is connected. @param rest What is put behind each of them. */
export function keyFaults(args: { readonly [argument: string]: unknown }, names: readonly string[], rest = ""): readonly SchemaFault[] {
  return names.flatMap((name): SchemaFault[] => {
    const key = args[name];
    const fault = typeof key === "string" ? faultOf(`${key}${rest}`) : undefined;
    return fault === undefined ? [] : [{ path: [name], keyword: "format", message: `"${name}" ${fault}, which no key of an object may.` }];
  });
}
