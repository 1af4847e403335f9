import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";

/** A key with a certificate that it signed itself, as PEM. */
export interface SelfSigned {
  readonly key: KeyObject;
  readonly certificate: string;
}

/** X.509, as much of it as a certificate without extensions has. https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function selfSigned(commonName: string, from: Date, to: Date): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const name = sequence(set(sequence(identifier("550403"), der(0x0c, Buffer.from(commonName)))));
  const algorithm = sequence(identifier("2a864886f70d01010b"), der(0x05));
  const signed = sequence(
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", signed, privateKey));
  const body = sequence(signed, algorithm, signature).toString("base64").replaceAll(/.{64}/g, "$&\n");
  return { key: privateKey, certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n` };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function set(...parts: readonly Buffer[]): Buffer {
  return der(0x31, ...parts);
}

function identifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** GeneralizedTime, which knows years beyond 2049. */
function time(at: Date): Buffer {
  return der(0x18, Buffer.from(at.toISOString().replaceAll(/[-:T]|\.\d+/g, "")));
}
