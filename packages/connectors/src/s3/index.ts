export { s3, type S3Config } from "./s3.ts";
