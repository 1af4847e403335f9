export type { DynamoDbSourceOptions } from "./options.ts";
export { dynamoDbSends } from "./sends.ts";
export { dynamoDbSource } from "./source.ts";
