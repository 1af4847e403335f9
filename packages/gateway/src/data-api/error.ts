import { jsonText } from "@backstitch/core/values";
import { HttpProblem } from "../http/problem.ts";

/** What is wrong with a request, as the Data API told it. */
export class DataApiError extends Error {
  override readonly name = "DataApiError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Problems of the gateway by the names that clients of the Data API know. */
const CODES: Readonly<Record<number, string>> = {
  400: "InvalidParameter",
  401: "InvalidSession",
  403: "NoMatchingRuleFound",
  404: "NoMatchingRuleFound",
  409: "MongoDBError",
  412: "MongoDBError",
  413: "ReadSizeLimitExceeded",
  415: "InvalidParameter",
  422: "MongoDBError",
};

/** `{error, error_code, link}`. Undefined: it is not the asker's to mend. */
export function dataApiResponse(error: unknown): Response | undefined {
  if (!(error instanceof DataApiError) && !(error instanceof HttpProblem)) return undefined;
  const { status, message } = error;
  const code = error instanceof DataApiError ? error.code : (CODES[status] ?? "InternalServerError");
  const headers = error instanceof HttpProblem ? error.headers : {};
  const body = jsonText({ error: message, error_code: code, link: "" });
  return new Response(body, { status, headers: { "content-type": "application/json", "cache-control": "no-store", ...headers } });
}
