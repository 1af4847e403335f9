import { HttpProblem } from "./problem.ts";

/**
 * The bytes of a body.
 * @param hold Told of each part before it is kept; it may throw.
 * @throws HttpProblem 413 where there are more than `most`: what comes beyond is not read; 400 where it does not come whole.
 */
export async function readBytes({ body, headers }: Request, most: number, hold?: (bytes: number) => void): Promise<Uint8Array> {
  if (Number(headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  if (body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      length += part.byteLength;
      if (length > most) break;
      hold?.(part.byteLength);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, "BODY_INVALID", "The body did not come whole.");
  }
  if (length > most) throw tooLarge(most);
  return Buffer.concat(parts);
}

function tooLarge(most: number): HttpProblem {
  return new HttpProblem(413, "BODY_TOO_LARGE", `A body has at most ${most} bytes here.`);
}
