/** Replies as lines of text, so that those of two servers can be compared and a difference can be read. */

/** What differs between two servers that behave alike: which session ids they gave. */
export interface SessionNames {
  nameOf(sessionId: bigint): string;
}

/** Decodes bytes field by field; independent of our own codec, which is under test. */
export class Fields {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    this.at += 1;
    return this.bytes.readInt8(this.at - 1);
  }

  int(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  long(): bigint {
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  field(): Buffer | null {
    const length = this.int();
    if (length === -1) return null;
    if (length < 0 || length > this.remaining) throw new RangeError(`a field of ${length} bytes`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return JSON.stringify(this.field()?.toString('utf8') ?? null);
  }

  vector(item: () => string): string[] {
    return Array.from({ length: Math.max(0, this.int()) }, item);
  }
}

/** Whether times are shown as they are; else only whether they are set. */
export interface StatOptions {
  readonly exactTimes: boolean;
}

function stat(fields: Fields, names: SessionNames, { exactTimes }: StatOptions): string {
  const czxid = fields.long();
  const mzxid = fields.long();
  const ctime = fields.long();
  const mtime = fields.long();
  const version = `${fields.int()}/${fields.int()}/${fields.int()}`;
  const owner = fields.long();
  const lengths = `${fields.int()} bytes, ${fields.int()} children`;
  const pzxid = fields.long();
  const time = exactTimes
    ? `${ctime} ${mtime}`
    : `${ctime > 0n} ${mtime > 0n} ${czxid !== mzxid || ctime === mtime ? '' : 'modified later than created'}`;
  const zxids = `${hex(czxid)} ${hex(mzxid)} ${hex(pzxid)}`;
  return `{${zxids}, version ${version}, owner ${owner === 0n ? 0 : names.nameOf(owner)}, ${lengths}, ${time}}`;
}

function acl(fields: Fields): string {
  // Apache keeps a connection's ids in a hash set, so the order in which `auth` is replaced by them is nobody's promise.
  return fields
    .vector(() => `${fields.int()} ${fields.text()} ${fields.text()}`)
    .sort()
    .join(', ');
}

/** Of what is kept in a hash set. */
function sortedTexts(fields: Fields): string {
  return fields
    .vector(() => fields.text())
    .sort()
    .join(' ');
}

function hex(value: bigint): string {
  return value < 0n ? String(value) : `0x${value.toString(16)}`;
}

function multi(fields: Fields, names: SessionNames, options: StatOptions): string {
  const results: string[] = [];
  for (;;) {
    const type = fields.int();
    const done = fields.byte();
    const err = fields.int();
    if (done !== 0) return `[${results.join('; ')}] ${type} ${err}`;
    switch (type) {
      case 1:
        results.push(`create ${err} ${fields.text()}`);
        break;
      case 15:
        results.push(`create2 ${err} ${fields.text()} ${stat(fields, names, options)}`);
        break;
      case 5:
        results.push(`setData ${err} ${stat(fields, names, options)}`);
        break;
      case 4:
        results.push(`getData ${err} ${fields.field()?.toString('hex') ?? 'null'} ${stat(fields, names, options)}`);
        break;
      case 8:
        results.push(`getChildren ${err} ${sortedTexts(fields)}`);
        break;
      case -1:
        results.push(`error ${err} ${fields.int()}`);
        break;
      default:
        results.push(`${type} ${err}`);
    }
  }
}

/** The body of a successful reply to a request of the given type. */
export function bodyText(
  type: number,
  body: Buffer,
  names: SessionNames,
  options: StatOptions = { exactTimes: false },
): string {
  const fields = new Fields(body);
  const parts: string[] = [];
  switch (type) {
    case 1:
    case 9:
      parts.push(fields.text());
      break;
    case 15:
    case 19:
    case 21:
      parts.push(fields.text(), stat(fields, names, options));
      break;
    case 103:
      parts.push(sortedTexts(fields));
      break;
    case 104:
    case 106:
      parts.push(String(fields.int()));
      break;
    case 107:
      // Ids are kept in a hash set.
      parts.push(
        fields
          .vector(() => `${fields.text()} ${fields.text()}`)
          .sort()
          .join(', '),
      );
      break;
    case 3:
    case 5:
    case 7:
      parts.push(stat(fields, names, options));
      break;
    case 4:
      parts.push(fields.field()?.toString('hex') ?? 'null', stat(fields, names, options));
      break;
    case 6:
      parts.push(acl(fields), stat(fields, names, options));
      break;
    case 8:
    case 12:
      parts.push(sortedTexts(fields));
      if (type === 12) parts.push(stat(fields, names, options));
      break;
    case 14:
    case 22:
      parts.push(multi(fields, names, options));
      break;
  }
  if (fields.remaining > 0) parts.push(`and ${fields.remaining} bytes`);
  return parts.join(' ');
}

/** A reply's header and, where it succeeded, its body. */
export function replyText(type: number, frame: Buffer, names: SessionNames): string {
  const fields = new Fields(frame);
  const header = `xid ${fields.int()} zxid ${hex(fields.long())} err ${fields.int()}`;
  const body = frame.subarray(16);
  if (frame.readInt32BE(12) !== 0) return body.length === 0 ? header : `${header} and ${body.length} bytes`;
  try {
    return `${header} ${bodyText(type, body, names)}`.trimEnd();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${header} not the body of this reply: ${body.toString('hex')}`;
  }
}

/** A watch event, without the header's zxid: -1 before 3.9, the transaction's since. */
export function eventText(frame: Buffer): string {
  const fields = new Fields(frame.subarray(16));
  const event = `event ${fields.int()} state ${fields.int()} ${fields.text()}`;
  return frame.readInt32BE(12) === 0 && fields.remaining === 0 ? event : `${event} odd`;
}

/** A ConnectResponse. */
export function connectText(frame: Buffer, names: SessionNames): string {
  const fields = new Fields(frame);
  const version = fields.int();
  const timeout = fields.int();
  const sessionId = fields.long();
  const password = fields.field();
  const zeros = password?.every((byte) => byte === 0) === true ? 'zeros' : 'random';
  const session = sessionId === 0n ? 'no session' : names.nameOf(sessionId);
  return `connected ${version} timeout ${timeout} ${session} password ${password?.length} ${zeros} rest ${fields.remaining}`;
}
