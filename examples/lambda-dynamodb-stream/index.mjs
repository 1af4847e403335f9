// Lambda looks for .js and .mjs; Node 24 strips the types of the file behind it.
export { handler } from "./handler.ts";
