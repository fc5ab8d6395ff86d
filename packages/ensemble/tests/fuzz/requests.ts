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

/** A path that requests are about, so that they meet. */
export function somePath(random: Random): string {
  return random.chance(0.05) ? FUZZ_ROOT : `${FUZZ_ROOT}/${random.below(PATHS)}`;
}

/** Of a client: also below such a path, and where quotas are. */
function clientPath(random: Random): string {
  if (random.chance(0.05)) return `${somePath(random)}/${random.below(3)}`;
  if (random.chance(0.05))
    return `/zookeeper/quota${FUZZ_ROOT}${random.pick(['', '/zookeeper_limits', '/zookeeper_stats'])}`;
  return somePath(random);
}

function someData(random: Random): Field {
  return random.chance(0.1) ? buffer(null) : buffer([raw(anyBytes(random, random.below(40)))]);
}

/** Most often open to all: what nobody may change is fuzzed no more. */
export function someAcl(random: Random): Field {
  const open = [int(31), text('world'), text('anyone')];
  if (random.chance(0.8)) return vector([open]);
  const scheme = random.pick(['auth', 'digest', 'ip', 'x509', 'sasl', 'super', 'x']);
  const id = random.pick(['u:p', '127.0.0.1/8', '127.0.0.1/33', '::/129', '1.2.3.4.5', 'CN=a', 'anyone', '']);
  return vector([[int(random.below(32)), text(scheme), text(id)], open]);
}

/** One request. `depth`: how many multis it may be nested in yet. */
export function anyRequest(random: Random, depth = 1, type: number = random.pick(TYPES)): RequestFields {
  const version = int(random.chance(0.7) ? -1 : random.below(4), 'version');
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
    case OpCode.setWatches2: {
      const lists = Array.from({ length: 5 }, () => vector([[path(somePath(random))], [path(somePath(random))]]));
      return { type, record: [long(0n, 'zxid'), ...lists] };
    }
    case OpCode.addWatch:
    case OpCode.checkWatches:
    case OpCode.removeWatches:
      return { type, record: [path(somePath(random)), int(random.below(7))] };
    case OpCode.auth:
      return { type, record: [int(0), text('digest'), buffer([raw(anyBytes(random, 9))])] };
    case OpCode.sasl:
      return { type, record: [buffer([raw(anyBytes(random, 9))])] };
    case OpCode.whoAmI:
      return { type, record: [] };
    case OpCode.multiRead:
      return { type, record: multiRead(random) };
    case OpCode.closeSession:
    case OpCode.ping:
      return { type, record: [] };
    default:
      return { type, record: [path(somePath(random)), byte(random.below(2))] };
  }
}

/** One request that a server answers and that leaves the connection open, for its own client. */
export function clientRequest(random: Random): RequestFields {
  const type = random.pick(ANSWERED);
  const version = int(random.chance(0.8) ? -1 : random.below(4), 'version');
  switch (type) {
    case OpCode.create:
    case OpCode.create2: {
      // Sequential ones go with their session, lest their number grow with the run's length.
      const flags = random.chance(0.1) ? 3 : random.pick([0, 1, 1]);
      return { type, record: [path(clientPath(random)), clientData(random), someAcl(random), int(flags)] };
    }
    case OpCode.setData:
      return { type, record: [path(clientPath(random)), clientData(random), version] };
    case OpCode.delete:
      return { type, record: [path(clientPath(random)), version] };
    default:
      return anyRequest(random, 0, type);
  }
}

/** Also what counts in a node of quotas. */
function clientData(random: Random): Field {
  if (random.chance(0.8)) return someData(random);
  const limit = (): number => random.pick([-1, 0, 5, 1_000, 2 ** 31, 2 ** 53]);
  const written = `count=${limit()},bytes=${limit()}${random.pick(['', '=', ';;', `=;byteHardLimit=${limit()};countHardLimit=${limit()}`])}`;
  return buffer([raw(new TextEncoder().encode(written))]);
}

const ANSWERED = [
  ...Array.from({ length: 3 }, () => [
    OpCode.create,
    OpCode.create2,
    OpCode.setData,
    OpCode.delete,
    OpCode.multi,
  ]).flat(),
  ...Array.from({ length: 4 }, () => [OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2]).flat(),
  ...Array.from({ length: 2 }, () => [OpCode.addWatch, OpCode.removeWatches, OpCode.multiRead, OpCode.ping]).flat(),
  ...[OpCode.getACL, OpCode.setACL, OpCode.sync, OpCode.reconfig, OpCode.checkWatches, OpCode.createContainer],
  ...[OpCode.createTTL, OpCode.setWatches, OpCode.setWatches2, OpCode.getEphemerals, OpCode.getAllChildrenNumber],
  OpCode.whoAmI,
];

const TYPES = [
  ...Array.from({ length: 3 }, () => [OpCode.create, OpCode.setData, OpCode.delete, OpCode.multi]).flat(),
  ...Object.values(OpCode),
];

const MULTI_TYPES = [
  ...[OpCode.create, OpCode.create2, OpCode.delete, OpCode.setData, OpCode.check],
  ...[OpCode.createContainer, OpCode.createTTL],
];

function creation(random: Random, flags: number): Field[] {
  return [path(somePath(random)), someData(random), someAcl(random), int(flags)];
}

function multi(random: Random, depth: number): Field[] {
  const fields: Field[] = [];
  // With any other operation inside, all of it is undecodable.
  const foreign = random.chance(0.2);
  for (let n = random.below(6); n > 0; n--) {
    const op = anyRequest(random, depth - 1, random.pick(foreign ? TYPES : MULTI_TYPES));
    if (op.type === OpCode.multi && depth <= 0) continue;
    fields.push(int(op.type, 'operation'), byte(0), int(-1), ...op.record);
  }
  fields.push(int(-1, 'operation'), byte(1), int(-1));
  return fields;
}

function multiRead(random: Random): Field[] {
  const reads = Array.from({ length: random.below(6) }, () => {
    const type = random.pick([OpCode.getData, OpCode.getChildren, OpCode.getChildren, OpCode.exists]);
    return [int(type, 'operation'), byte(0), int(-1), path(somePath(random)), byte(random.below(2))];
  });
  return [...reads.flat(), int(-1, 'operation'), byte(1), int(-1)];
}
