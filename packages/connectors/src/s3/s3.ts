import { action, type Action, type Connector, type Link } from "@backstitch/core/connector";
import { append, appendArgs, appendFaults, batch, type AppendArgs } from "./append.ts";
import { reconcileAppend } from "./appended.ts";
import { config, connect, type S3Client, type S3Config } from "./client.ts";
import { copy, copyArgs, type CopyArgs } from "./copy.ts";
import { deleteArgs, deleteObject } from "./delete.ts";
import { keyFaults } from "./key.ts";
import { link, linkArgs, linkFaults, type LinkArgs } from "./link.ts";
import { put, putArgs, putFaults, reconcilePut, type PutArgs } from "./put.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

// A type, not an interface: only that fits a connector's table of actions.
type S3Actions = {
  readonly put: Action<S3Client, PutArgs>;
  readonly append: Action<S3Client, AppendArgs>;
  readonly copy: Action<S3Client, CopyArgs>;
  readonly delete: Action<S3Client, { readonly key: string }>;
};

/** Amazon S3, and stores that speak its protocol: stores, copies and deletes objects, gathers records into them, and makes links to them. */
export const s3: Connector<S3Config, S3Client, S3Actions> & { readonly link: Link<S3Client, LinkArgs> } = {
  type: "s3",
  summary:
    "Amazon S3, and stores that speak its protocol: stores, copies and deletes objects, gathers records into them, and makes links to them.",
  config,
  connect,
  link: { summary: "An address by which whoever has it may get one object, for a while.", args: linkArgs, faults: linkFaults, make: link },
  close: ({ aws }) => aws.destroy(),
  actions: {
    put: action({
      summary: "Stores one object.",
      args: putArgs,
      faults: putFaults,
      repeat: "by-nature",
      run: put,
      reconcile: reconcilePut,
    }),
    append: action({
      summary: "Gathers records, and stores those of one prefix as lines of one object.",
      args: appendArgs,
      faults: appendFaults,
      repeat: "repeats",
      run: append,
      batch,
      reconcile: reconcileAppend,
    }),
    copy: action({
      summary: "Copies one object, of up to 5 GB, with its metadata.",
      args: copyArgs,
      faults: (args) => keyFaults(args, ["from", "key"]),
      repeat: "by-nature",
      run: copy,
    }),
    delete: action({
      summary: "Deletes one object; one that is not there is deleted.",
      args: deleteArgs,
      faults: (args) => keyFaults(args, ["key"]),
      repeat: "by-nature",
      run: deleteObject,
    }),
  },
};

/** S3 without engine, journal or project: see {@link Calls}. */
export function createS3(config: Plainly<S3Config>): Calls<typeof s3> {
  return plain(s3, config);
}
