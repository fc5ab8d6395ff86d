/** Mutations of frames by the meaning of their fields. All of it is a function of the generator that it is handed. */
import type { Random } from '@vivarium/shared/random';
import type { Field, NumberField, Role, TextField } from './fields.ts';
import type { World } from './world.ts';

const LONG_MAX = 0x7fffffffffffffffn;
const LONG_MIN = -0x8000000000000000n;
const INT_MAX = 0x7fffffffn;
const INT_MIN = -0x80000000n;
const EDGES = [0n, 1n, -1n, -2n, 255n, 0xffffn, INT_MAX, INT_MIN, 0xffffffffn, LONG_MAX, LONG_MIN, 1n << 53n];
const XIDS = [-1n, -2n, -4n, -8n, INT_MAX, INT_MIN, 0x40000000n];
/** Lengths and counts that no frame has, or only just. */
const CLAIMS = [
  -2,
  -1,
  0,
  1,
  0x7fffffff,
  -0x80000000,
  0x40000000,
  0xffff,
  0xfffff,
  0x100000,
  524_289,
  4 * 1024 * 1024 + 1,
];
/** Bytes that are not UTF-8, or not what a path may hold. */
const TEXTS: readonly (readonly number[])[] = [
  [],
  [0],
  [0x2f],
  [0x2f, 0x2f],
  [0xff, 0xfe],
  [0x2f, 0xc3, 0x28],
  [0x2f, 0xed, 0xa0, 0x80],
  [0x2f, 0xf0, 0x9f, 0x92],
  [0x2f, 0xc0, 0xaf],
  [0x2f, 0x2e, 0x2e],
  [0x2f, 0x66, 0x75, 0x7a, 0x7a, 0x2f, 0x00],
  [0x2f, 0xef, 0xbf, 0xbf],
];

/** Any 64 bits. */
export function anyLong(random: Random): bigint {
  return BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
}

export function anyBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Puts another value into one number or text. The frame stays one of its shape. Returns what was changed. */
export function mutateValue(random: Random, fields: readonly Field[], world: World): string {
  const candidates = valuesIn(fields);
  if (candidates.length === 0) return 'as it is';
  const field = random.pick(candidates);
  if (field.kind === 'number') {
    field.value = otherNumber(random, field, world);
    return field.role;
  }
  field.bytes = otherText(random, field);
  return field.isPath ? 'path' : 'text';
}

/** Breaks the frame's shape in one place: a length, a count, an item, a field, the end. Returns how. */
export function mutateShape(random: Random, fields: Field[]): string {
  const lists = listsIn(fields);
  const claims = claimsIn(fields);
  switch (random.below(8)) {
    case 0:
    case 1: {
      if (claims.length === 0) return dropOne(random, fields);
      const field = random.pick(claims);
      field.claim = otherClaim(random, field);
      return field.kind === 'vector' ? 'count' : 'length';
    }
    case 2:
      return dropOne(random, random.pick(lists));
    case 3: {
      const list = random.pick(lists);
      if (list.length > 0) list.splice(random.below(list.length + 1), 0, random.pick(list));
      return 'field twice';
    }
    case 4: {
      const list = random.pick(lists);
      list.reverse();
      return 'fields reversed';
    }
    case 5: {
      const list = random.pick(lists);
      list.splice(random.below(list.length + 1), 0, { kind: 'raw', bytes: anyBytes(random, random.between(1, 24)) });
      return 'foreign bytes';
    }
    case 6: {
      const vectors = claims.filter((field) => field.kind === 'vector');
      if (vectors.length === 0) return dropOne(random, fields);
      const field = random.pick(vectors);
      field.items = random.chance(0.3) ? null : repeated(random, field.items ?? []);
      return 'items';
    }
    default: {
      const buffers = claims.filter((field) => field.kind === 'buffer');
      if (buffers.length === 0) return dropOne(random, fields);
      const field = random.pick(buffers);
      field.parts = random.chance(0.5) ? null : [];
      return 'buffer emptied';
    }
  }
}

/** Cuts, flips or lengthens what is already bytes. Returns the new bytes. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  switch (random.below(3)) {
    case 0:
      return bytes.slice(0, random.below(bytes.length + 1));
    case 1: {
      const flipped = bytes.slice();
      for (let n = random.between(1, 4); n > 0 && flipped.length > 0; n--) {
        const at = random.below(flipped.length);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      }
      return flipped;
    }
    default: {
      const longer = new Uint8Array(bytes.length + random.between(1, 64));
      longer.set(bytes);
      longer.set(anyBytes(random, longer.length - bytes.length), bytes.length);
      return longer;
    }
  }
}

function otherNumber(random: Random, field: NumberField, world: World): bigint {
  if (field.role === 'xid') return random.pick(XIDS);
  if (random.chance(0.15)) return random.pick(EDGES);
  if (random.chance(0.1)) return field.value + BigInt(random.between(-2, 2));
  return random.pick(valuesFor(field.role, random, world));
}

/** Values that mean something in the place. */
function valuesFor(role: Role, random: Random, world: World): readonly bigint[] {
  const { epoch, zxid } = world;
  switch (role) {
    case 'packet':
      return [0n, BigInt(random.between(1, 19)), 20n, -1n, INT_MAX, INT_MIN];
    case 'operation':
      return [BigInt(random.between(-12, 23)), BigInt(random.between(99, 108)), 0n, 999n, INT_MAX, INT_MIN];
    case 'zxid': {
      const start = BigInt(epoch) << 32n;
      const otherEpoch = BigInt(random.between(0, 40)) << 32n;
      return [
        0n,
        -1n,
        zxid,
        zxid + 1n,
        zxid - BigInt(random.below(600)),
        start,
        start | 0xffffffffn,
        otherEpoch,
        otherEpoch | 7n,
      ];
    }
    case 'epoch':
      return [0n, -1n, BigInt(epoch), BigInt(epoch + 1), BigInt(epoch - 1), INT_MAX, INT_MAX - 1n, INT_MIN];
    case 'round':
      return [0n, 1n, -1n, BigInt(random.below(100)), 1n << 32n, LONG_MAX, LONG_MAX - 1n, LONG_MIN];
    case 'sid':
      return [
        0n,
        -1n,
        ...world.voters.map(BigInt),
        BigInt(random.between(4, 300)),
        LONG_MAX,
        LONG_MIN,
        (1n << 53n) + 1n,
      ];
    case 'session':
      return [0n, -1n, LONG_MIN, -0x00ffffffffffff00n, 0x100n, anyLong(random), ...world.sessions];
    case 'xid':
      return XIDS;
    case 'timeout':
      return [0n, 1n, -1n, 100n, 10_000n, INT_MAX, INT_MIN];
    case 'state':
      return [0n, 1n, 2n, 3n, 4n, -1n, INT_MAX];
    case 'version':
      return [-1n, 0n, 1n, 2n, 3n, INT_MAX, INT_MIN];
    case 'number':
      return [anyLong(random), ...EDGES];
  }
}

function otherText(random: Random, field: TextField): Uint8Array | null {
  if (random.chance(0.1)) return null;
  if (random.chance(0.1)) return anyBytes(random, random.below(40));
  if (random.chance(0.05)) return new Uint8Array(random.between(1_000, 20_000)).fill(0x2f);
  const bytes = random.pick(TEXTS);
  // Half of them behind the old text: below a parent that exists more is looked at.
  return random.chance(0.5) ? Uint8Array.from(bytes) : Uint8Array.from([...(field.bytes ?? []), ...bytes]);
}

type Claiming = Extract<Field, { claim: number | null }>;

function otherClaim(random: Random, field: Claiming): number {
  if (random.chance(0.6)) return random.pick(CLAIMS);
  const length =
    field.kind === 'text' ? field.bytes?.length : field.kind === 'buffer' ? field.parts?.length : field.items?.length;
  return (length ?? 0) + random.pick([-1, 1, 2, 100]);
}

function dropOne(random: Random, list: Field[]): string {
  if (list.length > 0) list.splice(random.below(list.length), 1);
  return 'field left out';
}

function repeated(random: Random, items: Field[][]): Field[][] {
  const [first] = items;
  return first === undefined ? [] : Array.from({ length: random.between(0, 50) }, () => first);
}

function valuesIn(fields: readonly Field[]): (NumberField | TextField)[] {
  const found: (NumberField | TextField)[] = [];
  for (const field of fields) {
    if (field.kind === 'text' || (field.kind === 'number' && field.role !== 'packet')) found.push(field);
    else if (field.kind === 'buffer' || field.kind === 'group') found.push(...valuesIn(field.parts ?? []));
    else if (field.kind === 'vector') found.push(...valuesIn((field.items ?? []).flat()));
  }
  return found;
}

function claimsIn(fields: readonly Field[]): Claiming[] {
  return fields.flatMap((field) => {
    switch (field.kind) {
      case 'text':
        return [field];
      case 'buffer':
        return [field, ...claimsIn(field.parts ?? [])];
      case 'vector':
        return [field, ...claimsIn((field.items ?? []).flat())];
      case 'group':
        return claimsIn(field.parts);
      default:
        return [];
    }
  });
}

/** The lists of fields that a frame consists of, itself first. */
function listsIn(fields: Field[]): Field[][] {
  return [
    fields,
    ...fields.flatMap((field) => {
      if (field.kind === 'buffer') return field.parts === null ? [] : listsIn(field.parts);
      if (field.kind === 'group') return listsIn(field.parts);
      if (field.kind === 'vector') return (field.items ?? []).flatMap(listsIn);
      return [];
    }),
  ];
}
