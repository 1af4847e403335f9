import equalModule from "ajv/dist/runtime/equal.js";
import lengthModule from "ajv/dist/runtime/ucs2length.js";

// What ajv's standalone code calls: two small files, and nothing of the compiler.
export const equal = equalModule.default;
export const ucs2length = lengthModule.default;
