/**
 * What ZAB promises, by the names of its specification (Zab.tla; Junqueira, Reed, Serafini, "Zab", DSN 2011, section III). A
 * server has delivered what it has committed: its log up to `committed`.
 */
import { counterOf, epochOf, type Zxid } from '@vivarium/shared/zxid';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { PacketType } from '@vivarium/wire/quorum-packet';
import type { Invariant, Judgement } from '../protocol.ts';
import type { Text } from '../text.ts';
import type { ZabDisk } from './disk.ts';
import type { ZabMessage } from './messages.ts';
import { clientOf, serversOf, type ZabMoment } from './node-views.ts';
import type { ZabState } from './program.ts';
import type { ServerState } from './server-state.ts';
import { serverName, zxidTerm } from './terms.ts';

type ZabInvariant = Invariant<ZabState, ZabMessage, ZabDisk>;

/** What was done in a history so far: replaced, never changed. */
interface Delivered {
  /** Hex of the bytes by zxid, of all that some server has delivered. */
  readonly txns: ReadonlyMap<Zxid, string>;
  /** How far each server's log had been read, and which log it was. */
  readonly seen: ReadonlyMap<NodeId, Seen>;
}

interface Seen {
  readonly log: ZabDisk['log'];
  readonly committed: Zxid;
}

const NOTHING_DELIVERED: Delivered = { txns: new Map(), seen: new Map() };

function kept(reason: Text): Judgement {
  return { holds: true, reason };
}

function broken(reason: Text): Judgement {
  return { holds: false, reason };
}

function silent(reason: Text): Judgement {
  return { holds: null, reason };
}

/** The delivered part of a server's log. */
function deliveredBy(state: ServerState): ZabDisk['log'] {
  return state.disk.log.filter(({ zxid }) => zxid <= state.committed);
}

/** The bytes of a transaction as text; each is looked at again and again. */
const spellings = new WeakMap<Uint8Array, string>();

function spelled(bytes: Uint8Array): string {
  const known = spellings.get(bytes);
  if (known !== undefined) return known;
  const text = bytes.join();
  spellings.set(bytes, text);
  return text;
}

/** What was judged last, of what, and what the invariant itself remembers. */
interface Judged {
  readonly of: readonly unknown[];
  readonly judgement: Judgement;
  readonly inner: unknown;
}

/** Judges anew only where something has changed of what the invariants on histories look at. */
function whereChanged(invariant: ZabInvariant): ZabInvariant {
  return {
    ...invariant,
    judge(moment, memory) {
      const before = memory as Judged | null;
      const of = lookedAt(moment);
      if (before !== null && before.of.length === of.length && of.every((part, index) => part === before.of[index])) {
        return { judgement: before.judgement, memory };
      }
      const { judgement, memory: inner } = invariant.judge(moment, before?.inner ?? null);
      return { judgement, memory: { of, judgement, inner } satisfies Judged };
    },
  };
}

function lookedAt(moment: ZabMoment): unknown[] {
  const parts: unknown[] = [];
  for (const [id, { state }] of moment.nodes) {
    parts.push(id);
    if (state?.kind === 'server') {
      const { disk, committed, server } = state;
      parts.push(disk.log, disk.snapshot, committed, server.epoch, server.peerState, server.phase);
    } else if (state?.kind === 'client') parts.push(state.acknowledged);
  }
  return parts;
}

/** Whether a server's history has a transaction, in its log or in the snapshot before it. */
function has({ disk }: ServerState, zxid: Zxid): boolean {
  return zxid <= (disk.snapshot?.zxid ?? 0n) || disk.log.some((txn) => txn.zxid === zxid);
}

/** Those that have established their epoch. */
function primaries(moment: ZabMoment): (readonly [NodeId, ServerState])[] {
  return serversOf(moment).filter(([, { server }]) => server.peerState === 'LEADING' && server.phase === 'BROADCAST');
}

const leadership: ZabInvariant = {
  id: 'leadership',
  title: { en: 'Leadership: one established leader an epoch', zh: 'Leadership：每个 epoch 至多一个已建立的领导者' },
  judge(moment, memory) {
    const known = (memory ?? new Map()) as ReadonlyMap<number, NodeId>;
    const leaders = new Map(known);
    for (const [id, { server }] of primaries(moment)) {
      const other = leaders.get(server.epoch);
      if (other !== undefined && other !== id) {
        const reason = {
          en: `${other} and ${id} have both led epoch ${server.epoch}`,
          zh: `${other} 和 ${id} 都领导过 epoch ${server.epoch}`,
        };
        return { judgement: broken(reason), memory: known };
      }
      leaders.set(server.epoch, id);
    }
    const memo = leaders.size === known.size ? known : leaders;
    if (memo.size === 0) {
      return { judgement: silent({ en: 'nobody has led an epoch yet', zh: '还没有谁领导过任何 epoch' }), memory: memo };
    }
    const list = [...memo].map(([epoch, id]) => `${epoch}: ${id}`).join(', ');
    return { judgement: kept({ en: `leaders by epoch: ${list}`, zh: `各 epoch 的领导者：${list}` }), memory: memo };
  },
};

const prefix: ZabInvariant = {
  id: 'prefixConsistency',
  title: {
    en: 'PrefixConsistency, Agreement, TotalOrder: of any two delivered histories one begins the other',
    zh: 'PrefixConsistency、Agreement、TotalOrder：任意两份已交付历史，一份是另一份的前缀',
  },
  judge(moment, memory) {
    const before = (memory ?? NOTHING_DELIVERED) as Delivered;
    const grown = delivered(before, moment);
    for (const [id, state] of serversOf(moment)) {
      const difference = differenceFrom(grown.txns, state);
      if (difference !== null) {
        const reason = {
          en: `${id} has delivered its history up to ${zxidTerm(state.committed)} and differs at ${zxidTerm(difference)}`,
          zh: `${id} 已交付到 ${zxidTerm(state.committed)}，但在 ${zxidTerm(difference)} 处与别人不同`,
        };
        return { judgement: broken(reason), memory: grown };
      }
    }
    if (grown.txns.size === 0) {
      return { judgement: silent({ en: 'nothing is delivered yet', zh: '还没有交付任何事务' }), memory: grown };
    }
    const ends = serversOf(moment)
      .map(([id, state]) => `${id} ${zxidTerm(state.committed)}`)
      .join(', ');
    return { judgement: kept({ en: `delivered: ${ends}`, zh: `已交付到：${ends}` }), memory: grown };
  },
};

/** All that was ever delivered, with what this moment adds; the first bytes of a zxid stay. */
function delivered(before: Delivered, moment: ZabMoment): Delivered {
  let { txns, seen } = before;
  for (const [id, state] of serversOf(moment)) {
    const known = seen.get(id);
    if (known?.log === state.disk.log && known.committed === state.committed) continue;
    seen = new Map(seen).set(id, { log: state.disk.log, committed: state.committed });
    const news = deliveredBy(state).filter(({ zxid }) => !txns.has(zxid));
    if (news.length > 0) txns = new Map([...txns, ...news.map(({ zxid, bytes }) => [zxid, spelled(bytes)] as const)]);
  }
  return seen === before.seen ? before : { txns, seen };
}

/** The first zxid at which what a server has delivered is not what was delivered elsewhere; null where it all is. */
function differenceFrom(txns: ReadonlyMap<Zxid, string>, state: ServerState): Zxid | null {
  const own = new Map(deliveredBy(state).map(({ zxid, bytes }) => [zxid, spelled(bytes)]));
  const from = state.disk.snapshot?.zxid ?? 0n;
  for (const [zxid, bytes] of txns) {
    if (zxid > from && zxid <= state.committed && own.get(zxid) !== bytes) return zxid;
  }
  return null;
}

const integrity: ZabInvariant = {
  id: 'integrity',
  title: { en: 'Integrity: what is delivered was proposed', zh: 'Integrity：交付的都是被提议过的' },
  judge(moment, memory) {
    const before = (memory ?? null) as ReadonlyMap<Zxid, string> | null;
    const proposed = before === null ? initial(moment) : withProposals(before, moment);
    for (const [id, state] of serversOf(moment)) {
      const stray = deliveredBy(state).find(({ zxid, bytes }) => proposed.get(zxid) !== spelled(bytes));
      if (stray !== undefined) {
        const reason = {
          en: `${id} has delivered ${zxidTerm(stray.zxid)}, which nobody has proposed so`,
          zh: `${id} 交付了 ${zxidTerm(stray.zxid)}，但没有谁这样提议过`,
        };
        return { judgement: broken(reason), memory: proposed };
      }
    }
    const reason = { en: `${proposed.size} transactions were proposed`, zh: `共提议过 ${proposed.size} 个事务` };
    return { judgement: proposed.size === 0 ? silent(reason) : kept(reason), memory: proposed };
  },
};

/** What was on disks when the history began was proposed before it did. */
function initial(moment: ZabMoment): ReadonlyMap<Zxid, string> {
  const txns = [...moment.nodes.values()].flatMap(({ disk }) => disk.log);
  return new Map(txns.map(({ zxid, bytes }) => [zxid, spelled(bytes)]));
}

/** Only who leads proposes: what it has in its log and what it sends come of the same. */
function withProposals(before: ReadonlyMap<Zxid, string>, moment: ZabMoment): ReadonlyMap<Zxid, string> {
  const news = primaries(moment).flatMap(([, { disk }]) => disk.log.filter(({ zxid }) => !before.has(zxid)));
  return news.length === 0
    ? before
    : new Map([...before, ...news.map((txn) => [txn.zxid, spelled(txn.bytes)] as const)]);
}

const primaryOrder: ZabInvariant = {
  id: 'primaryOrder',
  title: {
    en: 'LocalPrimaryOrder, GlobalPrimaryOrder: delivered in the order of proposing, without a gap, older epochs first',
    zh: 'LocalPrimaryOrder、GlobalPrimaryOrder：按提议顺序交付，没有空缺，旧 epoch 在先',
  },
  judge(moment) {
    let count = 0;
    for (const [id, state] of serversOf(moment)) {
      const log = deliveredBy(state);
      count += log.length;
      for (const [index, { zxid }] of log.entries()) {
        const last = log[index - 1]?.zxid ?? state.disk.snapshot?.zxid ?? 0n;
        const follows = zxid === last + 1n || (epochOf(zxid) > epochOf(last) && counterOf(zxid) === 1);
        if (follows) continue;
        const reason = {
          en: `${id} has delivered ${zxidTerm(zxid)} right behind ${zxidTerm(last)}`,
          zh: `${id} 在 ${zxidTerm(last)} 之后直接交付了 ${zxidTerm(zxid)}`,
        };
        return { judgement: broken(reason), memory: null };
      }
    }
    const reason = { en: 'every counter is one more than the one before it', zh: '每个计数器都比前一个大 1' };
    const nothing = { en: 'nothing is delivered yet', zh: '还没有交付任何事务' };
    return { judgement: count === 0 ? silent(nothing) : kept(reason), memory: null };
  },
};

const primaryIntegrity: ZabInvariant = {
  id: 'primaryIntegrity',
  title: {
    en: 'PrimaryIntegrity: who proposes in an epoch has delivered all that was delivered in earlier ones',
    zh: 'PrimaryIntegrity：在某个 epoch 提议者，已交付之前各 epoch 交付过的全部事务',
  },
  judge(moment, memory) {
    const grown = delivered((memory ?? NOTHING_DELIVERED) as Delivered, moment);
    const leaders = primaries(moment);
    for (const [id, state] of leaders) {
      const epoch = state.server.epoch;
      const missing = [...grown.txns.keys()].find((zxid) => epochOf(zxid) < epoch && !has(state, zxid));
      if (missing !== undefined) {
        const reason = {
          en: `${id} leads epoch ${epoch} without ${zxidTerm(missing)}, which was delivered before`,
          zh: `${id} 领导 epoch ${epoch}，却缺少之前已交付的 ${zxidTerm(missing)}`,
        };
        return { judgement: broken(reason), memory: grown };
      }
    }
    if (leaders.length === 0) {
      return { judgement: silent({ en: 'nobody may propose now', zh: '现在没有谁可以提议' }), memory: grown };
    }
    const names = leaders.map(([id]) => id).join(', ');
    const reason = { en: `${names} has all that was delivered`, zh: `${names} 拥有全部已交付的事务` };
    return { judgement: kept(reason), memory: grown };
  },
};

const acknowledged: ZabInvariant = {
  id: 'acknowledgedSurvive',
  title: {
    en: 'What a client was told is done is in the history of every later leader',
    zh: '客户端得到确认的写入，此后每个领导者的历史里都有',
  },
  judge(moment, memory) {
    const before = (memory ?? new Map()) as ReadonlyMap<Zxid, string>;
    let writes = before;
    for (const id of moment.nodes.keys()) {
      const news = (clientOf(moment, id)?.acknowledged ?? []).filter(({ zxid }) => !before.has(zxid));
      if (news.length > 0) writes = new Map([...writes, ...news.map(({ zxid, what }) => [zxid, what] as const)]);
    }
    const newest = Math.max(0, ...primaries(moment).map(([, { server }]) => server.epoch));
    for (const [id, state] of primaries(moment)) {
      if (state.server.epoch < newest) continue;
      for (const [zxid, what] of writes) {
        if (has(state, zxid)) continue;
        const reason = {
          en: `${id} leads without ${zxidTerm(zxid)} (${what}), which a client was told is done`,
          zh: `${id} 成为领导者，却没有客户端已得到确认的 ${zxidTerm(zxid)}（${what}）`,
        };
        return { judgement: broken(reason), memory: writes };
      }
    }
    const count = writes.size;
    if (count === 0) {
      return { judgement: silent({ en: 'no write was acknowledged yet', zh: '还没有写入得到确认' }), memory: writes };
    }
    const reason = { en: `${count} acknowledged writes are there`, zh: `${count} 个已确认的写入都在` };
    return { judgement: kept(reason), memory: writes };
  },
};

const epochPromise: ZabInvariant = {
  id: 'epochPromise',
  title: {
    en: 'Epochs are on disk before they are acknowledged: acceptedEpoch before ACKEPOCH, currentEpoch before the ACK of NEWLEADER',
    zh: 'epoch 先写盘再确认：ACKEPOCH 之前写 acceptedEpoch，确认 NEWLEADER 之前写 currentEpoch',
  },
  judge(moment, memory) {
    const before = memory === true;
    let promised = before;
    for (const { message, sentN, from, tampered } of moment.inFlight.values()) {
      if (sentN !== moment.n || tampered || message.kind !== 'packets') continue;
      const node = moment.nodes.get(from);
      if (node === undefined || node.state?.kind !== 'server') continue;
      for (const { type, zxid } of message.packets) {
        const isEpochAck = type === PacketType.ACK && counterOf(zxid) === 0;
        if (type !== PacketType.ACKEPOCH && !isEpochAck) continue;
        promised = true;
        const { disk } = node.state;
        const lacks = isEpochAck
          ? node.disk.currentEpoch < epochOf(zxid)
          : node.disk.acceptedEpoch < disk.acceptedEpoch || disk.acceptedEpoch <= 0;
        if (!lacks) continue;
        const name = serverName(node.state.sid);
        const onDisk = isEpochAck ? node.disk.currentEpoch : node.disk.acceptedEpoch;
        const reason = {
          en: `${name} has acknowledged an epoch that is not on its disk (it has ${onDisk})`,
          zh: `${name} 确认了一个尚未写入磁盘的 epoch（磁盘上是 ${onDisk}）`,
        };
        return { judgement: broken(reason), memory: true };
      }
    }
    const reason = promised
      ? { en: 'each was on disk first', zh: '每次都先写了盘' }
      : { en: 'no epoch was acknowledged yet', zh: '还没有确认过 epoch' };
    return { judgement: promised ? kept(reason) : silent(reason), memory: promised };
  },
};

/** In the order in which the page lists them. */
export const zabInvariants: readonly ZabInvariant[] = [
  ...[acknowledged, leadership, prefix, primaryIntegrity, primaryOrder, integrity].map(whereChanged),
  epochPromise,
];
