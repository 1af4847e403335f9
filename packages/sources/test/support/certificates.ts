/** X.509 certificates for tests, by hand: nothing that Node has makes them. https://www.rfc-editor.org/rfc/rfc5280 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for an address or a host, and its key. */
  issue(host: string): { readonly certificate: string; readonly key: string };
}

export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isCa = extension("551d13", der(0x30, der(0x01, Buffer.from([0xff]))), true);
  const certificate = certificateOf({ subject: name, issuer: name, publicKey, signer: privateKey, extension: isCa });
  return {
    certificate,
    issue(host) {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const isAddress = /^[\d.]+$/.test(host);
      const known = isAddress ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host));
      const names = extension("551d11", der(0x30, known));
      const issued = certificateOf({ subject: host, issuer: name, publicKey: pair.publicKey, signer: privateKey, extension: names });
      return { certificate: issued, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
}

interface Wanted {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extension: Buffer;
}

const DAY_MS = 86_400_000;

function certificateOf({ subject, issuer, publicKey, signer, extension: one }: Wanted): string {
  // ecdsa-with-SHA256
  const algorithm = der(0x30, der(0x06, Buffer.from("2a8648ce3d040302", "hex")));
  const validity = der(0x30, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS));
  const key = publicKey.export({ type: "spki", format: "der" });
  const serial = der(0x02, Buffer.from([1]), randomBytes(8));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const body = der(0x30, version, serial, algorithm, nameOf(issuer), validity, nameOf(subject), key, der(0xa3, der(0x30, one)));
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, signer));
  const base64 = der(0x30, body, algorithm, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const isCritical = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return der(0x30, der(0x06, Buffer.from(id, "hex")), ...isCritical, der(0x04, value));
}

/** A common name. */
function nameOf(text: string): Buffer {
  return der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from(text)))));
}

function time(ms: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`));
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
