/** Records of client requests as fields, of every type that a server may forward. */
import type { Random } from '@vivarium/shared/random';
import { OpCode } from '@vivarium/wire/op-code';
import { buffer, byte, type Field, int, long, path, raw, text, vector } from './fields.ts';
import { anyBytes } from './mutate.ts';

/** Below it the fuzzer writes; what honest clients write is elsewhere, since a forwarded request is obeyed. */
export const FUZZ_ROOT = '/fuzz';
/** So many znodes at most come and go, so that a run of any length leaves a tree of the same size. */
const PATHS = 200;

export interface RequestFields {
  readonly type: number;
  readonly record: Field[];
}

function somePath(random: Random): string {
  return random.chance(0.05) ? FUZZ_ROOT : `${FUZZ_ROOT}/${random.below(PATHS)}`;
}

function someData(random: Random): Field {
  return random.chance(0.1) ? buffer(null) : buffer([raw(anyBytes(random, random.below(40)))]);
}

function someAcl(random: Random): Field {
  const open = [int(31), text('world'), text('anyone')];
  if (random.chance(0.8)) return vector([open]);
  return vector([[int(random.below(32)), text(random.pick(['auth', 'digest', 'ip', 'x'])), text('u:p')], open]);
}

/** One request. `depth`: how many multis it may be nested in yet. */
export function anyRequest(random: Random, depth = 1): RequestFields {
  const version = int(random.chance(0.7) ? -1 : random.below(4), 'version');
  const type = random.pick(TYPES);
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      // A sequential one has a new name each time: rare.
      return { type, record: creation(random, random.chance(0.05) ? 2 : random.below(2)) };
    case OpCode.createContainer:
      return { type, record: creation(random, 4) };
    case OpCode.createTTL:
      return { type, record: [...creation(random, 5), long(BigInt(random.between(1, 10_000)), 'timeout')] };
    case OpCode.delete:
    case OpCode.check:
      return { type, record: [path(somePath(random)), version] };
    case OpCode.setData:
      return { type, record: [path(somePath(random)), someData(random), version] };
    case OpCode.setACL:
      return { type, record: [path(somePath(random)), someAcl(random), version] };
    case OpCode.multi:
      return { type, record: multi(random, depth) };
    case OpCode.createSession:
      return { type, record: [int(random.between(1_000, 10_000), 'timeout')] };
    case OpCode.reconfig:
      return { type, record: [text('server.9=127.0.0.1:1:2;3'), text(null), text(null), long(-1n)] };
    case OpCode.deleteContainer:
      return { type, record: [raw(new TextEncoder().encode(somePath(random)))] };
    case OpCode.setWatches:
      return { type, record: [long(0n, 'zxid'), vector([[path(somePath(random))]]), vector([]), vector(null)] };
    case OpCode.auth:
      return { type, record: [int(0), text('digest'), buffer([raw(anyBytes(random, 9))])] };
    case OpCode.closeSession:
    case OpCode.ping:
      return { type, record: [] };
    default:
      return { type, record: [path(somePath(random)), byte(random.below(2))] };
  }
}

const TYPES = [
  ...Array.from({ length: 3 }, () => [OpCode.create, OpCode.setData, OpCode.delete, OpCode.multi]).flat(),
  ...Object.values(OpCode),
];

function creation(random: Random, flags: number): Field[] {
  return [path(somePath(random)), someData(random), someAcl(random), int(flags)];
}

function multi(random: Random, depth: number): Field[] {
  const fields: Field[] = [];
  for (let n = random.below(6); n > 0; n--) {
    const op = anyRequest(random, depth - 1);
    if (op.type === OpCode.multi && depth <= 0) continue;
    fields.push(int(op.type, 'operation'), byte(0), int(-1), ...op.record);
  }
  fields.push(int(-1, 'operation'), byte(1), int(-1));
  return fields;
}
