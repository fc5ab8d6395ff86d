/** What an entry of a ZAB history means, where that is more than a message that comes. */
import type { Entry } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from '../text.ts';
import type { ZabMoment } from './node-views.ts';

type Meaning = (node: NodeId, rest: string, entry: Entry) => Text;

/** By the first word of what was told; the last one that is known speaks. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  LOOKING: (node) => ({
    en: `${node} is LOOKING: it votes for itself and tells everybody`,
    zh: `${node} 进入 LOOKING：先投自己一票，并通知所有服务器`,
  }),
  LEADING: (node, rest) =>
    rest === ''
      ? {
          en: `A quorum votes for ${node}: it is LEADING, and waits for followers to come`,
          zh: `多数派都投给 ${node}：它进入 LEADING，等待跟随者连上来`,
        }
      : {
          en: `A quorum has acknowledged NEWLEADER: ${node} serves, ${rest}, and its whole history is committed`,
          zh: `多数派已确认 NEWLEADER：${node} 开始服务（${epochZh(rest)}），它的全部历史即为已提交`,
        },
  FOLLOWING: (node, rest, entry) =>
    rest === ''
      ? {
          en: `${node} has seen a quorum vote for ${electedIn(entry)}: it is FOLLOWING and goes there`,
          zh: `${node} 看到多数派投给 ${electedIn(entry)}：进入 FOLLOWING 并连接它`,
        }
      : {
          en: `${node} is up to date: it follows ${rest} and serves clients`,
          zh: `${node} 已同步完毕：作为跟随者开始服务（${epochZh(rest)}）`,
        },
  OBSERVING: (node, rest) =>
    rest === ''
      ? {
          en: `${node} is an observer: it goes to the leader without a vote`,
          zh: `${node} 是观察者：不投票，直接去找领导者`,
        }
      : { en: `${node} is up to date and observes ${rest}`, zh: `${node} 已同步完毕，开始观察（${epochZh(rest)}）` },
  took: (node, rest) => ({
    en: `${node} takes ${rest} over from the leader's history`,
    zh: `${node} 从领导者的历史中接收 ${rest}`,
  }),
  committed: (node, rest, entry) =>
    entry.happening.kind === 'deliver' && entry.sent.some(({ type }) => type === 'COMMIT')
      ? { en: `${node} has ACKs of a quorum for ${rest}: it commits`, zh: `${node} 收齐 ${rest} 的多数派 ACK：提交` }
      : {
          en: `${node} learns that ${rest} is committed, and delivers it`,
          zh: `${node} 得知 ${rest} 已提交，于是交付`,
        },
  truncated: (node, rest) => ({
    en: `${node} cuts off all that it has logged behind ${rest.replace('to ', '')}`,
    zh: `${node} 截掉日志中 ${rest.replace('to ', '')} 之后的全部内容`,
  }),
  connected: (node, rest) => ({
    en: `${node} has its session at ${rest.replace('to ', '')}`,
    zh: `${node} 的会话已建立（${rest.replace('to ', '')}）`,
  }),
  SESSIONEXPIRED: (node) => ({
    en: `${node} learns that its session has expired: its ephemeral znodes are gone`,
    zh: `${node} 得知会话已过期：它的临时节点都已删除`,
  }),
};

function epochZh(rest: string): string {
  return rest.replace('in epoch ', 'epoch ');
}

function electedIn(entry: Entry): string {
  const elected = entry.told.find(({ what }) => what.startsWith('elected '));
  return elected?.what.slice('elected '.length) ?? '?';
}

/** Null where there is nothing to add. */
export function zabSentence({ entry }: ZabMoment): Text | null {
  if (entry === null || entry.happening.kind === 'act' || entry.happening.kind === 'boot') return null;
  for (const { node, what } of entry.told.toReversed()) {
    const [word = '', ...rest] = what.split(' ');
    const meaning = MEANINGS[word];
    if (meaning !== undefined) return meaning(node, rest.join(' '), entry);
  }
  return null;
}
