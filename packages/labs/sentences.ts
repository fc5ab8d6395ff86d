/** What happened, in one sentence, where the protocol has nothing better to say. */
import { unreachable } from '@vivarium/shared/assert';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Protocol } from './protocol.ts';
import { type Text, term } from './text.ts';

/** A message as a sentence names it: `Promise(1, ∅) from A1 to P1`. */
interface Named {
  readonly label: string;
  readonly from: NodeId;
  readonly to: NodeId;
}

/** What the entry of `after` did. `before` is the moment that it was done in: what was under way and offered then. */
export function sentenceFor<State, Message, Disk>(
  protocol: Protocol<State, Message, Disk>,
  before: Moment<State, Message, Disk>,
  after: Moment<State, Message, Disk>,
): Text {
  const own = protocol.sentence(after);
  const { entry } = after;
  if (own !== null || entry === null) return own ?? term('');
  const { happening } = entry;
  switch (happening.kind) {
    case 'boot':
      return { en: `${happening.node} starts`, zh: `${happening.node} 启动` };
    case 'deliver': {
      const { label, from, to } = named(after.flight);
      return { en: `${to} gets ${label} from ${from}`, zh: `${to} 收到 ${from} 发来的 ${label}` };
    }
    case 'lose': {
      const { label, from, to } = named(after.flight);
      const what = { en: `${label} from ${from} to ${to} is lost`, zh: `${from} 发给 ${to} 的 ${label} 丢失` };
      if (happening.why === 'cut') return { en: `${what.en}: the link is cut`, zh: `${what.zh}：链路已断开` };
      if (happening.why === 'down') return { en: `${what.en}: ${to} is down`, zh: `${what.zh}：${to} 已停机` };
      return { en: `${label} from ${from} to ${to} is dropped`, zh: `${from} 发给 ${to} 的 ${label} 被丢弃` };
    }
    case 'timer': {
      const timer = protocol.timers[happening.timer] ?? term(happening.timer);
      return {
        en: `The timer of ${happening.node} goes off: ${timer.en}`,
        zh: `${happening.node} 的定时器到期：${timer.zh}`,
      };
    }
    case 'persisted':
      return {
        en: `${happening.node} has ${happening.what} on its disk`,
        zh: `${happening.node} 已将 ${happening.what} 写入磁盘`,
      };
    case 'act':
      return sentenceForAction(protocol, before, happening.action);
    default:
      return unreachable(happening);
  }
}

function named(flight: Named | null | undefined): Named {
  return flight ?? { label: '?', from: '?', to: '?' };
}

function sentenceForAction<State, Message, Disk>(
  protocol: Protocol<State, Message, Disk>,
  before: Moment<State, Message, Disk>,
  action: Action,
): Text {
  switch (action.do) {
    case 'deliver':
    case 'drop':
    case 'duplicate':
    case 'delay':
    case 'hold':
    case 'letGo':
      return sentenceForMessage(action.do, named(before.inFlight.get(action.message)));
    case 'tamper': {
      const flight = before.inFlight.get(action.message);
      const { label, from, to } = named(flight);
      const tampers = flight === undefined ? [] : protocol.tampers(flight.message);
      const what = tampers.find(({ id }) => id === action.tamper)?.text ?? term(action.tamper);
      return {
        en: `${label} from ${from} to ${to} is tampered with: ${what.en}`,
        zh: `${from} 发给 ${to} 的 ${label} 被篡改：${what.zh}`,
      };
    }
    case 'crash':
      return { en: `${action.node} crashes`, zh: `${action.node} 崩溃` };
    case 'restart':
      return { en: `${action.node} starts again`, zh: `${action.node} 重新启动` };
    case 'pause':
      return { en: `${action.node} is paused`, zh: `${action.node} 被暂停` };
    case 'resume':
      return { en: `${action.node} goes on`, zh: `${action.node} 恢复运行` };
    case 'wipe':
      return { en: `The disk of ${action.node} is wiped`, zh: `${action.node} 的磁盘被清空` };
    case 'cut':
      return {
        en: `The link from ${action.from} to ${action.to} is cut`,
        zh: `从 ${action.from} 到 ${action.to} 的链路断开`,
      };
    case 'heal':
      return {
        en: `The link from ${action.from} to ${action.to} works again`,
        zh: `从 ${action.from} 到 ${action.to} 的链路恢复`,
      };
    case 'split': {
      const groups = action.groups.map((group) => group.join(', ')).join(' | ');
      return { en: `The network splits: ${groups}`, zh: `网络分区：${groups}` };
    }
    case 'healAll':
      return { en: 'All links work again', zh: '所有链路恢复' };
    case 'fire':
      return { en: `A timer of ${action.node} goes off early`, zh: `${action.node} 的一个定时器提前到期` };
    case 'command': {
      const offers = protocol.commands(action.node, before);
      const what = offers.find(({ id }) => id === action.command)?.text ?? term(action.command);
      return { en: `${action.node} is told: ${what.en}`, zh: `向 ${action.node} 下达：${what.zh}` };
    }
    default:
      return unreachable(action);
  }
}

function sentenceForMessage(
  what: 'deliver' | 'drop' | 'duplicate' | 'delay' | 'hold' | 'letGo',
  { label, from, to }: Named,
): Text {
  const en = `${label} from ${from} to ${to}`;
  const zh = `${from} 发给 ${to} 的 ${label} `;
  switch (what) {
    case 'deliver':
      return { en: `${en} is delivered`, zh: `${zh}被送达` };
    case 'drop':
      return { en: `${en} is dropped`, zh: `${zh}被丢弃` };
    case 'duplicate':
      return { en: `${en} is duplicated`, zh: `${zh}被复制了一份` };
    case 'delay':
      return { en: `${en} is delayed`, zh: `${zh}被延迟` };
    case 'hold':
      return { en: `${en} is held back`, zh: `${zh}被扣住` };
    case 'letGo':
      return { en: `${en} may go on`, zh: `${zh}被放行` };
    default:
      return unreachable(what);
  }
}
