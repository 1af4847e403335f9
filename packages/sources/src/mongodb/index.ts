export type { MongodbSourceOptions } from "./options.ts";
export { mongodbSends } from "./sends.ts";
export { mongodbSource } from "./source.ts";
