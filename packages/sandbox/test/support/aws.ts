import { request } from "node:http";

/** A request as it goes over the wire, path and all: nothing is normalised. */
export interface Wire {
  readonly url: string;
  readonly method?: string;
  /** @default "/" */
  readonly path?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export interface Heard {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

/** Signed in form only: stand-ins without credentials of their own take any. */
export const SIGNED = {
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-central-1/any/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
};

/** Asks as a signed client does. */
export function ask({ url, method = "POST", path = "/", headers = {}, body = "" }: Wire): Promise<Heard> {
  const { hostname, port } = new URL(url);
  return new Promise((heard, failed) => {
    const asked = request({ hostname, port, path, method, headers: { ...SIGNED, ...headers }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.once("end", () => heard({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.once("error", failed);
    asked.end(body);
  });
}

/** The code of an error in XML. */
export function codeOf({ body }: Heard): string | undefined {
  return /<Code>([^<]*)<\/Code>/.exec(body)?.[1];
}
