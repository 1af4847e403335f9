import { ConnectorError } from "@backstitch/core/connector";

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

/** @throws ConnectorError `rejected` when the key would not name the object that was meant. The key is not quoted: it may hold a person's name. */
export function checkedKey(key: string, argument = "key"): string {
  const fault = FAULTS.find(([broken]) => broken(key));
  if (fault === undefined) return key;
  throw new ConnectorError("rejected", "S3_KEY_INVALID", `The object's key ${fault[1]}. Look at what the rule puts into "${argument}".`);
}
