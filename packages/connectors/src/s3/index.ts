export { createS3, s3, type S3Config } from "./s3.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
