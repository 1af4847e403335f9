/** Why a request is not taken: what it is answered. The message holds nothing of the request. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Nothing is wrong with the request: it may come again after so many seconds. */
export function comeAgain(why: string, seconds = 1): Refusal {
  return new Refusal(503, `${why} Nothing of this request may be taken for recorded: send it again.`, { "retry-after": String(seconds) });
}
