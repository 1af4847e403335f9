import type { JsonSchema } from "@backstitch/core/connector";

/** JSON Schema of `guards` in a service file. */
export const guardsSchema: JsonSchema = {
  type: "array",
  description: "What permits the actions of this service. Once there is one guard, an action that none permits is denied.",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name", "actions"],
    properties: {
      name: { type: "string", minLength: 1, maxLength: 64, description: "Said where an action is permitted or denied." },
      actions: { type: "array", items: { type: "string" }, description: "The actions that this guard permits." },
      callers: {
        type: "array",
        minItems: 1,
        items: { enum: ["rules", "users"] },
        description: "Whose calls it permits: those of rules, or of users who are logged in, over HTTP. Default: rules.",
      },
      when: { description: 'An expression over the arguments: {"args.to": {"$regex": "^\\\\+1"}}. Absent: always.' },
    },
  },
};
