/** What an entry means, by what a program says of it. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from '../text.ts';

/** What came in, and the last thing said about it, which is the telling one; null where nothing was said that `told` knows. */
export function toldSentence<State, Message, Disk>(
  { entry, flight }: Moment<State, Message, Disk>,
  told: Readonly<Record<string, (node: NodeId) => Text>>,
): Text | null {
  const last = entry?.told.at(-1);
  const own = last === undefined ? undefined : told[last.what]?.(last.node);
  if (entry === null || own === undefined) return null;
  const { happening } = entry;
  if (happening.kind === 'deliver' && flight !== null) {
    const { from, to, label } = flight;
    return { en: `${to} gets ${label} from ${from}. ${own.en}`, zh: `${to} 收到 ${from} 发来的 ${label}。${own.zh}` };
  }
  if (happening.kind === 'timer') {
    return { en: `Time is up for ${happening.node}. ${own.en}`, zh: `${happening.node} 等待超时。${own.zh}` };
  }
  if (happening.kind === 'act' && happening.action.do === 'restart') {
    const { node } = happening.action;
    return { en: `${node} starts again. ${own.en}`, zh: `${node} 重新启动。${own.zh}` };
  }
  return own;
}
