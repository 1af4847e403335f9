import { connect, type Socket } from "node:net";

/** An answer as it comes over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket)).once("error", reject);
    socket.on("error", () => undefined);
  });
}

/** What comes until the other side closes. @param text Sent as it is. */
export async function raw(url: string, text: string): Promise<RawAnswer> {
  const socket = await open(url);
  socket.write(text);
  return answerOn(socket);
}

export async function answerOn(socket: Socket): Promise<RawAnswer> {
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => socket.once("close", resolve));
  const [head = "", body = ""] = Buffer.concat(parts).toString().split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body };
}
