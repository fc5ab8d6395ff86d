/** The registry that would rather agree: our own servers, with registrations as ephemeral znodes. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Invariant } from '../protocol.ts';
import type { ZabDisk } from '../zab/disk.ts';
import type { ZabMessage } from '../zab/messages.ts';
import { clientOf, type ZabMoment } from '../zab/node-views.ts';
import { QUIET_TIMES, type ZabState } from '../zab/program.ts';
import { type ZabProtocol, zabProtocolWith } from '../zab/protocol.ts';
import { capTitle } from './registry-protocol.ts';

/** How long a request may wait for an answer, as in the registry that always answers: virtual ms. */
const patienceMs = 2_000;

/** Since when each client waits for an answer. */
type Waiting = ReadonlyMap<NodeId, number>;

/** Clients that wait for an answer, with what they asked for. */
function asking(moment: ZabMoment): readonly (readonly [NodeId, string])[] {
  return [...moment.nodes.keys()].flatMap((id) => {
    const client = clientOf(moment, id);
    const [what] = [...(client?.outstanding.map((one) => one.what) ?? []), ...(client?.waiting ?? [])];
    return what === undefined ? [] : [[id, what] as const];
  });
}

const availability: Invariant<ZabState, ZabMessage, ZabDisk> = {
  id: 'answered',
  title: { en: 'Every request is answered (within 2 s)', zh: '每个请求都得到应答（2 秒内）' },
  judge: (moment, memory) => {
    const before = (memory ?? new Map()) as Waiting;
    const now = asking(moment);
    const since: Waiting = new Map(now.map(([id]) => [id, before.get(id) ?? moment.atMs]));
    const late = now.find(([id]) => moment.atMs - (since.get(id) ?? moment.atMs) > patienceMs);
    if (late === undefined) {
      const isSilent = now.length === 0 && before.size === 0;
      const reason = isSilent
        ? { en: 'Nobody waits.', zh: '没有人在等。' }
        : { en: 'Nobody waits for long.', zh: '没有人久等。' };
      return { judgement: { holds: isSilent ? null : true, reason }, memory: since };
    }
    const [id, what] = late;
    const seconds = Math.floor((moment.atMs - (since.get(id) ?? 0)) / 1000);
    const reason = {
      en: `${id} has waited ${seconds} s for “${what}”: no server in its reach has a quorum behind it.`,
      zh: `${id} 为“${what}”等了 ${seconds} 秒：它够得到的服务器背后都没有多数派。`,
    };
    return { judgement: { holds: false, reason }, memory: since };
  },
};

const zab = zabProtocolWith({
  ...QUIET_TIMES,
  syncLimit: 1,
  sessionTimeoutMs: 6_000,
  reconnectMs: 5_000,
  notificationIntervalMs: { min: 8_000, max: 16_000 },
});

const shared: readonly string[] = ['acknowledgedSurvive', 'prefixConsistency'];

/** The protocol of the lesson; it is taught in the chapter on CAP. */
export const coordinationProtocol: ZabProtocol = {
  ...zab,
  id: 'cap',
  title: capTitle,
  about: {
    en: 'Our own ZooKeeper servers as a registry: a provider is an ephemeral znode, which lives as long as its session. A server that has lost its quorum stops answering as soon as it notices (syncLimit); whatever is answered comes from the one history, though a read may be a little behind.',
    zh: '用我们自己的 ZooKeeper 服务器做注册中心：提供者就是一个临时节点，与会话同生死。失去多数派的服务器一旦察觉（syncLimit）就不再应答；凡是应答的，都出自同一份历史，只是读到的可能略旧。',
  },
  invariants: [availability, ...zab.invariants.filter(({ id }) => shared.includes(id))],
};
