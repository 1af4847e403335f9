import { jsonText, type Row } from "@backstitch/core/values";

/** What goes wrong with a request and is the asker's to mend: told as RFC 9457 says. */
export class HttpProblem extends Error {
  readonly status: number;
  /** Stable: what a program may look at. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: Row;
  /** Why, for the log alone. */
  readonly reason: string | undefined;

  /** @param more Further members of the answer. */
  constructor(status: number, code: string, detail: string, { headers = {}, more = {}, reason }: ProblemOptions = {}) {
    super(detail);
    this.name = "HttpProblem";
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.more = more;
    this.reason = reason;
  }
}

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly more?: Row;
  readonly reason?: string;
}

/** https://www.rfc-editor.org/rfc/rfc9110 */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not logged in",
  403: "Not permitted",
  404: "Not found",
  405: "Method not allowed",
  408: "Too slow",
  409: "Conflict",
  412: "Changed meanwhile",
  413: "Too large",
  415: "Unsupported media type",
  422: "Not valid",
  429: "Too many requests",
  431: "Too large",
  500: "Internal error",
  501: "Not served here",
  502: "Uncertain",
  503: "Not available",
};

/** What answers of a status are called. */
export function titleOf(status: number): string {
  return TITLES[status] ?? "Error";
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
export function problemText({ status, code, message, more }: HttpProblem): string {
  const body: Row = { type: "about:blank", title: titleOf(status), status, code, detail: message, ...more };
  return jsonText(body);
}

export function problemResponse(problem: HttpProblem): Response {
  const { status, headers } = problem;
  return new Response(problemText(problem), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers },
  });
}
