import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A Parameter Store and a Secrets Manager, by the JSON protocols that both speak. */
export interface SecretPeer {
  readonly url: string;
  /** By parameter name or secret id. */
  readonly values: Map<string, string>;
  /** What is asked, as `operation id`. */
  readonly asked: string[];
  /** The vendor's error that every request is answered with. */
  fault: string | undefined;
  close(): Promise<void>;
}

interface Asked {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly WithDecryption?: boolean;
}

export async function startSecretPeer(): Promise<SecretPeer> {
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
    const id = asked.Name ?? asked.SecretId ?? "";
    peer.asked.push(`${operation} ${id}`);
    const value = peer.values.get(id);
    const missing = operation === "GetParameter" ? "ParameterNotFound" : "ResourceNotFoundException";
    const fault = peer.fault ?? (value === undefined ? missing : undefined);
    response.writeHead(fault === undefined ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    // What an encrypted parameter is worth without its key.
    const shown = operation === "GetParameter" && asked.WithDecryption !== true ? "encrypted" : value;
    const found = operation === "GetParameter" ? { Parameter: { Name: id, Value: shown } } : { ARN: id, Name: id, SecretString: shown };
    response.end(JSON.stringify(fault === undefined ? found : { __type: fault, message: `${id} is ${value}` }));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const peer: SecretPeer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    values: new Map(),
    asked: [],
    fault: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return peer;
}
