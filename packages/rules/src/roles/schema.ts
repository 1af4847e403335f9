import type { JsonSchema } from "@backstitch/core/connector";

const condition = { description: 'True, false, or an expression: {"root.ownerId": {"$path": "user.id"}}.' };
const permission = {
  type: "object",
  additionalProperties: false,
  properties: {
    read: { ...condition, description: "Whether it may be read. Whoever may write may read." },
    write: { ...condition, description: "Whether it may be written." },
    fields: {
      type: "object",
      additionalProperties: { $ref: "#/$defs/field" },
      description: "Of an embedded document: each field for itself, where neither read nor write stands here.",
    },
  },
} as const;

/** JSON Schema of a file in `collections/`. */
export const collectionSchema = {
  type: "object",
  additionalProperties: false,
  required: ["roles"],
  properties: {
    $schema: { type: "string" },
    description: { type: "string" },
    table: { type: "string", minLength: 1, description: "The table, schema.table outside of schema public. Default: the file's name." },
    document: { type: "string", minLength: 1, description: "The jsonb column that holds the documents. Absent: each row is a document." },
    live: { type: "boolean", description: "Whether changes are told as they happen, at /v1/NAME/changes. Default: false." },
    roles: {
      type: "array",
      description: "The first whose applyWhen is true decides over a document; where none is, it is denied.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1, maxLength: 100 },
          applyWhen: { ...condition, description: "Whether it applies: over root, user, request and values. Absent: always." },
          documentFilters: {
            type: "object",
            additionalProperties: false,
            properties: { read: condition, write: condition },
            description: "What a document must be before anything else is asked; who may write may read.",
          },
          read: { ...condition, description: "Whether the whole document may be read. Absent: fields decide." },
          write: { ...condition, description: "Whether the whole document may be written. Absent: fields decide." },
          insert: { ...condition, description: "Whether a document may be added, beside being written. Absent: no." },
          delete: { ...condition, description: "Whether a document may be deleted: prevRoot is the document. Absent: no." },
          fields: { type: "object", additionalProperties: { $ref: "#/$defs/field" }, description: "Each field for itself." },
          additionalFields: {
            type: "object",
            additionalProperties: false,
            properties: { read: condition, write: condition },
            description: "All fields that are not in fields.",
          },
        },
      },
    },
    filters: {
      type: "array",
      description: "Queries that are added to everybody's own.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: { type: "string", minLength: 1, maxLength: 100 },
          applyWhen: { ...condition, description: "For whom: over user, request and values. Absent: everybody." },
          query: { ...condition, description: 'Over the document: {"ownerId": {"$path": "user.id"}}. Absent: every document.' },
          without: { type: "array", items: { type: "string" }, description: "Fields that are left out of every answer." },
        },
      },
    },
    schema: { type: "object", description: "JSON Schema (2020-12) of a document once it was written." },
  },
  $defs: { field: permission },
} as const satisfies JsonSchema;
