/** What an entry of Paxos means, in a sentence: which comparison decided, who adopts what, when a value is chosen. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from '../text.ts';
import type { PaxosMoment } from './chosen.ts';
import { acceptorAt, chosenHere, chosenOf, learnedBy, proposerAt } from './chosen.ts';
import type { PaxosMessage } from './messages.ts';
import { messageLabel, names, proposalLabel } from './messages.ts';
import type { ProposerState } from './parties.ts';
import { majorityOf } from './parties.ts';
import { toAdopt } from './proposer.ts';

/** The sentence for a moment's entry; null where there is nothing to say beyond its message. */
export function sentenceOf(moment: PaxosMoment): Text | null {
  const { entry, flight } = moment;
  if (entry === null) return null;
  const { happening } = entry;
  if (happening.kind === 'timer') return timerSentence(moment, happening.node, happening.timer);
  if (happening.kind === 'act' && happening.action.do === 'command') {
    return commandSentence(moment, happening.action.node, happening.action.command);
  }
  if (happening.kind === 'act' && happening.action.do === 'restart')
    return restartSentence(moment, happening.action.node);
  if (happening.kind !== 'deliver' || flight === null) return null;
  const { message, from, to } = flight;
  const acceptor = acceptorAt(moment, to);
  if (acceptor !== null) return acceptorSentence(moment, message, to);
  const proposer = proposerAt(moment, to);
  if (proposer !== null) return proposerSentence(moment, proposer, message, from, to);
  return learnerSentence(moment, message, from, to);
}

function acceptorSentence(moment: PaxosMoment, message: PaxosMessage, who: NodeId): Text | null {
  const answer = moment.inFlight.get(moment.entry?.sent[0]?.id ?? 0)?.message;
  if (answer?.kind === 'Reject') {
    const equal = answer.promised === answer.n;
    const against = equal ? `${answer.n} = ${answer.promised}` : `${answer.n} < ${answer.promised}`;
    return {
      en: `${who} rejects ${messageLabel(message)}: it has promised ${answer.promised}, and ${against}.`,
      zh: `${who} 拒绝 ${messageLabel(message)}：它已承诺 ${answer.promised}，${against}。`,
    };
  }
  if (message.kind === 'Prepare' && answer?.kind === 'Promise') {
    const { accepted } = answer;
    return {
      en: `${who} promises to accept nothing below ${message.n}${accepted === null ? '' : `, and says that it has accepted ${proposalLabel(accepted)}`}.`,
      zh: `${who} 承诺不再接受小于 ${message.n} 的提案${accepted === null ? '' : `，并说明自己接受过 ${proposalLabel(accepted)}`}。`,
    };
  }
  if (message.kind !== 'Accept') return null;
  const label = proposalLabel(message);
  const chosen = chosenHere(moment);
  if (chosen === null) return { en: `${who} accepts ${label}.`, zh: `${who} 接受 ${label}。` };
  const by = names(chosen.by);
  const { value } = message;
  const again = chosenOf(moment).some((vote) => vote.value === value && vote.n < message.n);
  return {
    en: `${who} accepts ${label}. ${by.en} are a majority: ${value} is chosen${again ? ' once more' : ''}.`,
    zh: `${who} 接受 ${label}。${by.zh} 构成多数：${value} ${again ? '再次' : '已'}选定。`,
  };
}

function proposerSentence(
  moment: PaxosMoment,
  state: ProposerState,
  message: PaxosMessage,
  from: NodeId,
  who: NodeId,
): Text | null {
  const sent = moment.inFlight.get(moment.entry?.sent[0]?.id ?? 0)?.message;
  const need = majorityOf(state.cast);
  if (moment.entry?.told.some(({ what }) => what.startsWith('learned'))) {
    const by = names(state.acceptedBy);
    const value = state.value ?? '';
    return {
      en: `${who} has counted ${by.en}: it knows that ${value} is chosen.`,
      zh: `${who} 数到了 ${by.zh}：它知道 ${value} 已选定。`,
    };
  }
  if (message.kind === 'Promise' && sent?.kind === 'Accept') {
    const by = names(state.promises.map((promise) => promise.from));
    const adopted = toAdopt(state.cast, state.promises);
    const why =
      adopted === null
        ? {
            en: `None of them has accepted anything, so it is free: ${sent.value}.`,
            zh: `他们都没有接受过提案，它可以自由提议：${sent.value}。`,
          }
        : {
            en: `The highest accepted among them is ${proposalLabel(adopted)}, so it must propose ${adopted.value}.`,
            zh: `其中编号最大的已接受提案是 ${proposalLabel(adopted)}，所以它必须提议 ${adopted.value}。`,
          };
    return {
      en: `${who} has the promises of ${by.en}, a majority. ${why.en}`,
      zh: `${who} 得到 ${by.zh} 的承诺，够多数了。${why.zh}`,
    };
  }
  if (message.kind === 'Promise' && message.n === state.disk.n && state.phase === 'prepare') {
    const left = need - state.promises.length;
    return {
      en: `${who} has ${state.promises.length} of the ${need} promises that it needs.`,
      zh: `${who} 有了 ${state.promises.length} 个承诺，还差 ${left} 个。`,
    };
  }
  if (message.kind === 'Accepted' && message.n === state.disk.n && state.phase === 'accept') {
    return {
      en: `${who} has counted ${state.acceptedBy.length} Accepted and needs ${need}: it cannot tell yet.`,
      zh: `${who} 数到 ${state.acceptedBy.length} 个 Accepted，需要 ${need} 个：还不能下结论。`,
    };
  }
  if (message.kind === 'Reject') {
    if (sent?.kind === 'Prepare') {
      return {
        en: `${who} cannot get a majority any more and tries again with ${sent.n}.`,
        zh: `${who} 再也凑不齐多数，换编号 ${sent.n} 重来。`,
      };
    }
    if (moment.entry?.told.some(({ what }) => what.startsWith('beaten'))) {
      const aside = state.phase === 'aside';
      return {
        en: `${who} cannot get a majority any more and gives up ${state.disk.n}${aside ? '; it is not the distinguished proposer and stands aside' : ''}.`,
        zh: `${who} 再也凑不齐多数，放弃编号 ${state.disk.n}${aside ? '；它不是指定的提议者，退到一边' : ''}。`,
      };
    }
    if (message.n === state.disk.n) {
      return {
        en: `${from} has promised ${message.promised}: ${who} does not get it for ${message.n}.`,
        zh: `${from} 已承诺 ${message.promised}：${who} 的 ${message.n} 得不到它。`,
      };
    }
  }
  const label = messageLabel(message);
  return {
    en: `${who} gets ${label} from ${from} and has no use for it any more.`,
    zh: `${who} 收到 ${from} 的 ${label}，已经用不上。`,
  };
}

function learnerSentence(moment: PaxosMoment, message: PaxosMessage, from: NodeId, who: NodeId): Text | null {
  if (moment.entry?.told.some(({ what }) => what.startsWith('learned'))) {
    const learned = learnedBy(moment, who);
    if (learned === null) return null;
    const { value } = learned;
    if (learned.by.length === 0)
      return {
        en: `${who} learns from ${from} that ${value} is chosen.`,
        zh: `${who} 从 ${from} 得知 ${value} 已选定。`,
      };
    const by = names(learned.by);
    const true_ = chosenOf(moment).some((vote) => vote.value === value);
    return true_
      ? {
          en: `${who} has counted ${by.en}: it knows that ${value} is chosen.`,
          zh: `${who} 数到了 ${by.zh}：它知道 ${value} 已选定。`,
        }
      : {
          en: `${who} has counted ${by.en} and holds ${value} for chosen. It is not.`,
          zh: `${who} 数到了 ${by.zh}，以为 ${value} 已选定。其实没有。`,
        };
  }
  if (message.kind === 'Nothing')
    return { en: `${from} has accepted nothing, it tells ${who}.`, zh: `${from} 告诉 ${who}：什么也没接受过。` };
  return null;
}

function commandSentence(moment: PaxosMoment, who: NodeId, command: string): Text | null {
  const state = proposerAt(moment, who);
  if (state === null) return { en: `${who} asks what has been accepted.`, zh: `${who} 询问已经接受了什么。` };
  const { n } = state.disk;
  if (command === 'retry') return { en: `${who} tries again with number ${n}.`, zh: `${who} 换编号 ${n} 再试。` };
  const wants = state.disk.wants ?? '';
  return {
    en: `${who} is asked to propose ${wants}. It begins with number ${n}.`,
    zh: `有人请 ${who} 提议 ${wants}。它从编号 ${n} 开始。`,
  };
}

function timerSentence(moment: PaxosMoment, who: NodeId, timer: string): Text | null {
  const state = proposerAt(moment, who);
  if (state === null) return null;
  const sent = moment.inFlight.get(moment.entry?.sent[0]?.id ?? 0)?.message;
  if (sent?.kind === 'Accept' || state.phase === 'done') {
    return {
      en: `${who} has waited long enough and counts only those who answered.`,
      zh: `${who} 等够了，只按答复过的算多数。`,
    };
  }
  return timer === 'silence'
    ? {
        en: `${who} has waited for a majority long enough and tries again with ${state.disk.n}.`,
        zh: `${who} 等多数等够了，换编号 ${state.disk.n} 再试。`,
      }
    : {
        en: `${who} has waited its random time and tries again with ${state.disk.n}.`,
        zh: `${who} 随机等待结束，换编号 ${state.disk.n} 再试。`,
      };
}

function restartSentence(moment: PaxosMoment, who: NodeId): Text | null {
  const disk = acceptorAt(moment, who);
  if (disk === null) return null;
  const { promised, accepted } = disk;
  if (promised === 0 && accepted === null)
    return { en: `${who} starts with nothing on its disk.`, zh: `${who} 启动，磁盘上什么也没有。` };
  const has = accepted === null ? '∅' : proposalLabel(accepted);
  return {
    en: `${who} starts and reads its disk: promised ${promised}, accepted ${has}.`,
    zh: `${who} 启动并读盘：已承诺 ${promised}，已接受 ${has}。`,
  };
}
