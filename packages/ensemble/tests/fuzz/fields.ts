/**
 * A frame before it is bytes: its fields, each with its meaning, so that a mutation can ask what a field is for. Lengths and
 * counts follow from what they announce, unless one lies (`claim`).
 */
import { JuteWriter } from '@vivarium/wire/jute';

/** What a number means; a mutation draws from the values that are interesting for it. */
export type Role =
  /** The type of a quorum packet. */
  | 'packet'
  /** The type of a request. */
  | 'operation'
  | 'zxid'
  /** An epoch of ZAB, as an int or a long. */
  | 'epoch'
  /** The number of an election's round. */
  | 'round'
  | 'sid'
  | 'session'
  /** The xid of a request, of those that no client uses: the answer to a forged one would be taken for another's. */
  | 'xid'
  | 'timeout'
  /** The state of a server in a notification. */
  | 'state'
  | 'version'
  | 'number';

export interface NumberField {
  readonly kind: 'number';
  readonly bytes: 1 | 4 | 8;
  readonly role: Role;
  value: bigint;
}

/** A string, its bytes as they go out; null is length -1. */
export interface TextField {
  readonly kind: 'text';
  /** Whether it names a znode. */
  readonly isPath: boolean;
  bytes: Uint8Array | null;
  /** The length that is said in place of the true one. */
  claim: number | null;
}

/** A length and what it announces. */
export interface BufferField {
  readonly kind: 'buffer';
  parts: Field[] | null;
  claim: number | null;
}

/** A count and so many items. */
export interface VectorField {
  readonly kind: 'vector';
  items: Field[][] | null;
  claim: number | null;
}

export interface RawField {
  readonly kind: 'raw';
  bytes: Uint8Array;
}

/** Fields without a length in front, as a record at the end of a packet's data. */
export interface GroupField {
  readonly kind: 'group';
  readonly parts: Field[];
}

export type Field = NumberField | TextField | BufferField | VectorField | RawField | GroupField;

export function byte(value: number): NumberField {
  return { kind: 'number', bytes: 1, role: 'number', value: BigInt(value) };
}

export function int(value: number, role: Role = 'number'): NumberField {
  return { kind: 'number', bytes: 4, role, value: BigInt(value) };
}

export function long(value: bigint, role: Role = 'number'): NumberField {
  return { kind: 'number', bytes: 8, role, value };
}

export function text(value: string | null, isPath = false): TextField {
  return { kind: 'text', isPath, bytes: value === null ? null : new TextEncoder().encode(value), claim: null };
}

export function path(value: string): TextField {
  return text(value, true);
}

export function buffer(parts: Field[] | null): BufferField {
  return { kind: 'buffer', parts, claim: null };
}

export function vector(items: Field[][] | null): VectorField {
  return { kind: 'vector', items, claim: null };
}

export function raw(bytes: Uint8Array): RawField {
  return { kind: 'raw', bytes };
}

export function group(parts: Field[]): GroupField {
  return { kind: 'group', parts };
}

/** The bytes of the fields, one behind the other. */
export function render(fields: readonly Field[]): Uint8Array {
  const writer = new JuteWriter();
  write(writer, fields);
  return writer.finish();
}

function write(writer: JuteWriter, fields: readonly Field[]): void {
  for (const field of fields) {
    switch (field.kind) {
      case 'number':
        if (field.bytes === 8) writer.long(BigInt.asIntN(64, field.value));
        else if (field.bytes === 4) writer.int(Number(BigInt.asIntN(32, field.value)));
        else writer.byte(Number(BigInt.asIntN(8, field.value)));
        break;
      case 'text':
        writer.int(field.claim ?? field.bytes?.length ?? -1);
        if (field.bytes !== null) writer.raw(field.bytes);
        break;
      case 'buffer': {
        const body = field.parts === null ? null : render(field.parts);
        writer.int(field.claim ?? body?.length ?? -1);
        if (body !== null) writer.raw(body);
        break;
      }
      case 'vector':
        writer.int(field.claim ?? field.items?.length ?? -1);
        for (const item of field.items ?? []) write(writer, item);
        break;
      case 'raw':
        writer.raw(field.bytes);
        break;
      case 'group':
        write(writer, field.parts);
    }
  }
}
