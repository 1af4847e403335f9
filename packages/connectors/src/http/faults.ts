import type { SchemaFault } from "@backstitch/core/connector";
import { thrownFault } from "../shared/thrown-fault.ts";
import { urlOf } from "./absolute.ts";
import { refuseOther, type BodyArgs } from "./body.ts";
import type { TargetArgs } from "./client.ts";
import { actionHeaders, type Headers } from "./headers.ts";
import { parametersOf } from "./parameters.ts";
import { targetOf } from "./target.ts";

type Args = TargetArgs & BodyArgs & { readonly headers?: Headers | undefined };

/** What is wrong with arguments that the schema takes, whatever the service is. */
export function requestFaults({ path, url, query, headers, form, base64 }: Partial<Args>): readonly SchemaFault[] {
  return [
    ...(path === undefined ? [] : thrownFault("path", () => targetOf("", path))),
    ...(url === undefined ? [] : thrownFault("url", () => urlOf(url))),
    ...(query === undefined ? [] : thrownFault("query", () => parametersOf(query, "query"))),
    ...(headers === undefined ? [] : thrownFault("headers", () => actionHeaders(headers))),
    ...(form === undefined ? [] : thrownFault("form", () => parametersOf(form, "form"))),
    ...(base64 === undefined ? [] : thrownFault("base64", () => refuseOther(base64))),
  ];
}
