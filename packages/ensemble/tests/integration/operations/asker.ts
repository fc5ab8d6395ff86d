import { Bytes, RawConnection } from '../../harness/raw-connection.ts';
import { Fields } from '../differential/reply-text.ts';
import { type } from '../differential/request-generator.ts';

/** An entry of an ACL: permissions, scheme, id. */
export type Entry = readonly [perms: number, scheme: string, id: string];

export const OPEN: readonly Entry[] = [[31, 'world', 'anyone']];

/** What a server answers: the error of the header, and the fields of a body that succeeded. */
export interface Answer {
  readonly error: number;
  readonly zxid: bigint;
  readonly fields: Fields;
}

/** What a create may say beside its path. */
export interface CreateOptions {
  readonly data?: string | null;
  readonly flags?: number;
  readonly acl?: readonly Entry[] | null;
}

/** One operation inside a multi: its type and its record. */
export type MultiPart = readonly [type: number, record: Buffer];

/** The record of a create. */
export function createRecord(path: string, { data = '', flags = 0, acl = OPEN }: CreateOptions = {}): Buffer {
  return aclField(new Bytes().field(path).field(data), acl).int(flags).buffer;
}

function aclField(bytes: Bytes, acl: readonly Entry[] | null): Bytes {
  if (acl === null) return bytes.int(-1);
  bytes.int(acl.length);
  for (const [perms, scheme, id] of acl) bytes.int(perms).field(scheme).field(id);
  return bytes;
}

/** A session of a client that says exactly what it is told to, one request after the other. */
export class Asker {
  readonly connection: RawConnection;

  constructor(connection: RawConnection) {
    this.connection = connection;
  }

  /** Opens a session, as somebody where `credentials` (`user:password`) are given. */
  static async open(port: number, credentials?: string): Promise<Asker> {
    const asker = new Asker(await RawConnection.openSession(port, 30_000));
    if (credentials !== undefined) {
      const { error } = await asker.addAuth('digest', credentials);
      if (error !== 0) throw new Error(`authentication failed: ${error}`);
    }
    return asker;
  }

  /** Undefined where the connection is closed instead. */
  async tryAsk(code: number, record: Uint8Array = Buffer.alloc(0)): Promise<Answer | undefined> {
    const reply = await this.connection.request(code, record);
    return reply && { error: reply.error, zxid: reply.zxid, fields: new Fields(reply.body) };
  }

  async ask(code: number, record: Uint8Array = Buffer.alloc(0)): Promise<Answer> {
    const answer = await this.tryAsk(code, record);
    if (answer === undefined) throw new Error(`the connection was closed instead of an answer to ${code}`);
    return answer;
  }

  addAuth(scheme: string, credentials: string): Promise<Answer> {
    return this.ask(type.auth, new Bytes().int(0).field(scheme).field(credentials).buffer);
  }

  create(path: string, options: CreateOptions = {}): Promise<Answer> {
    return this.ask(type.create, createRecord(path, options));
  }

  delete(path: string, version = -1): Promise<Answer> {
    return this.ask(type.delete, new Bytes().field(path).int(version).buffer);
  }

  setData(path: string, data: string | null, version = -1): Promise<Answer> {
    return this.ask(type.setData, new Bytes().field(path).field(data).int(version).buffer);
  }

  setAcl(path: string, acl: readonly Entry[] | null): Promise<Answer> {
    return this.ask(type.setACL, aclField(new Bytes().field(path), acl).int(-1).buffer);
  }

  read(code: number, path: string): Promise<Answer> {
    return this.ask(code, new Bytes().field(path).byte(0).buffer);
  }

  /** The data of a znode; throws the error as a text. */
  async data(path: string): Promise<string | null> {
    const { error, fields } = await this.read(type.getData, path);
    if (error !== 0) throw new Error(`getData ${path}: ${error}`);
    return fields.field()?.toString() ?? null;
  }

  /** The error of an exists, and the Stat where there is none. */
  async stat(path: string): Promise<{ error: number; stat: Stat | null }> {
    const { error, fields } = await this.read(type.exists, path);
    return { error, stat: error === 0 ? readStat(fields) : null };
  }

  /** The entries of an ACL. */
  async acl(path: string): Promise<{ error: number; acl: string[] }> {
    const { error, fields } = await this.ask(type.getACL, new Bytes().field(path).buffer);
    const acl = error === 0 ? fields.vector(() => `${fields.int()} ${readText(fields)}:${readText(fields)}`) : [];
    return { error, acl: acl.sort() };
  }

  multi(parts: readonly MultiPart[], code: number = type.multi): Promise<Answer> {
    const bytes = new Bytes();
    for (const [partType, record] of parts) bytes.int(partType).byte(0).int(-1).raw(record);
    return this.ask(code, bytes.int(-1).byte(1).int(-1).buffer);
  }

  /** The errors of a multi that was answered with results: of each the one in its header and the one in its body. */
  async multiErrors(parts: readonly MultiPart[]): Promise<{ error: number; results: [number, number][] }> {
    const { error, fields } = await this.multi(parts);
    const results: [number, number][] = [];
    for (;;) {
      const [code, done, err] = [fields.int(), fields.byte(), fields.int()];
      if (done !== 0) return { error, results };
      if (code !== -1) throw new Error(`a result of type ${code} in a multi that should have failed`);
      results.push([err, fields.int()]);
    }
  }
}

/** A text field; null is shown as such. */
export function readText(fields: Fields): string {
  return fields.field()?.toString() ?? 'null';
}

/** What a Stat says, but for its times. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
}

/** Reads a Stat. */
export function readStat(fields: Fields): Stat {
  const [czxid, mzxid] = [fields.long(), fields.long()];
  fields.long();
  fields.long();
  const [version, cversion, aversion] = [fields.int(), fields.int(), fields.int()];
  const ephemeralOwner = fields.long();
  const [dataLength, numChildren] = [fields.int(), fields.int()];
  return { czxid, mzxid, version, cversion, aversion, ephemeralOwner, dataLength, numChildren, pzxid: fields.long() };
}
