export type { S3Config } from "./client.ts";
export { createS3, s3 } from "./s3.ts";
export type { CallOptions, Calls } from "../shared/plain.ts";
