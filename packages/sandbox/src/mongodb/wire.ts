import { deserialize, serialize, type Document } from "bson";

/** A message of the client: one command. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
export interface Request {
  readonly id: number;
  /** With every number in a class of its own, so that what is stored is what was sent. */
  readonly command: Document;
  /** Whether it came as OP_QUERY, as a connection's first one does, and must be answered so. */
  readonly legacy: boolean;
}

const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** Cuts what comes into messages. @throws where the client speaks something else. */
export function createReader(): (chunk: Buffer) => readonly Request[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const requests: Request[] = [];
    while (rest.length >= HEADER && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      requests.push(readRequest(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    return requests;
  };
}

function readRequest(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_MSG) return { id, command: readSections(message.subarray(HEADER + 4)), legacy: false };
  if (opcode !== OP_QUERY) throw new Error(`The opcode ${opcode} is not known.`);
  const query = message.subarray(HEADER + 4);
  return { id, command: read(query.subarray(query.indexOf(0) + 1 + 8)), legacy: true };
}

/** The command, and the lists that are sent beside it: the documents of an insert. */
function readSections(sections: Buffer): Document {
  const command: Document = {};
  for (let at = 0; at < sections.length;) {
    const kind = sections.readUInt8(at);
    const size = sections.readInt32LE(at + 1);
    const part = sections.subarray(at + 1, at + 1 + size);
    if (kind === 0) Object.assign(command, read(part));
    else {
      const end = part.indexOf(0, 4);
      command[part.toString("utf8", 4, end)] = readAll(part.subarray(end + 1));
    }
    at += 1 + size;
  }
  return command;
}

function readAll(bytes: Buffer): Document[] {
  const documents: Document[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) documents.push(read(bytes.subarray(at)));
  return documents;
}

function read(bytes: Buffer): Document {
  const options = { promoteValues: false, promoteLongs: false, bsonRegExp: true, validation: { utf8: false } } as const;
  return deserialize(bytes.subarray(0, bytes.readInt32LE(0)), options);
}

/** The answer to it. */
export function writeReply({ id, legacy }: Request, reply: Document): Buffer {
  const body = serialize(reply);
  const between = Buffer.alloc(legacy ? 20 : 5);
  if (legacy) between.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(HEADER + between.length + body.length, 0);
  header.writeInt32LE(id, 8);
  header.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, between, body]);
}
