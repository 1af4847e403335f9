import { Secret } from "@backstitch/core/connector";

/** A key pair that no log, error or outcome may show. */
export const secretAccessKey = "canary-secret-key-9d2e7f";
export const sessionToken = "canary-session-token-51ac";
export const accessKeyId = "AKIACANARY0000000001";

/** What every AWS connector is configured with here. */
export function awsConfig(endpoint: string) {
  return {
    region: "eu-central-1",
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    endpoint,
  };
}
