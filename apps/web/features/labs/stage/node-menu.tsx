import type { Possibility } from '@vivarium/labs/history';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { AlarmClock, CirclePause, CirclePlay, Eraser, Megaphone, RotateCw, Skull, Unplug } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type MenuEntry, MenuFrame, MenuRows } from '../../../components/menu.tsx';
import { lab, useLab } from '../lab-store.ts';
import { apart, groupsOf } from './groups.ts';
import { useActionText, useBreaksText } from './use-action-text.ts';

const ICON = { size: 14, strokeWidth: 1.5, 'aria-hidden': true } as const;

type NodeDeed = 'command' | 'fire' | 'crash' | 'restart' | 'pause' | 'resume' | 'wipe';

const ICONS: Readonly<Record<NodeDeed, ReactNode>> = {
  command: <Megaphone {...ICON} />,
  fire: <AlarmClock {...ICON} />,
  crash: <Skull {...ICON} />,
  restart: <RotateCw {...ICON} />,
  pause: <CirclePause {...ICON} />,
  resume: <CirclePlay {...ICON} />,
  wipe: <Eraser {...ICON} />,
};

const NOTES: Readonly<Partial<Record<NodeDeed, 'note.crash' | 'note.pause' | 'note.wipe'>>> = {
  crash: 'note.crash',
  pause: 'note.pause',
  wipe: 'note.wipe',
};

/** What can be done with a node at the cursor; its card is the button. */
export function NodeMenu({ node, trigger }: { readonly node: NodeId; readonly trigger: ReactElement }) {
  const { t } = useTranslation('labsStage');
  return (
    <MenuFrame trigger={trigger} label={t('nodeMenu', { node })} align="center" side="right">
      <NodeDeeds node={node} />
    </MenuFrame>
  );
}

function NodeDeeds({ node }: { readonly node: NodeId }) {
  const { t } = useTranslation('labsStage');
  const possibilities = useLab((state) => state.possibilities);
  const isAsking = useLab((state) => state.isAsking);
  const nodes = useLab(({ info }) => info.nodes);
  const cuts = useLab(({ branch, cursor }) => branch.pictureAt(cursor).cuts);
  const textOf = useActionText();
  const breaksOf = useBreaksText();
  const entries: MenuEntry[] = [{ kind: 'label', key: 'label', label: t('nodeMenu', { node }) }];
  if (isAsking) entries.push({ kind: 'label', key: 'wait', label: t('asking') });
  for (const possibility of isAsking ? [] : possibilities) {
    const deed = deedOf(possibility, node);
    if (deed === null) continue;
    const breaks = breaksOf(possibility.breaks);
    const noteKey = NOTES[deed];
    entries.push({
      kind: 'item',
      key: JSON.stringify(possibility.action),
      label: textOf(possibility),
      icon: ICONS[deed],
      ...((breaks !== null || noteKey !== undefined) && { note: breaks ?? (noteKey && t(noteKey)) }),
      danger: deed === 'wipe',
      onSelect: () => void lab.act(possibility.action),
    });
  }
  const names = nodes.map(({ id }) => id);
  const isolate: Action = { do: 'split', groups: apart([node], names, cuts) };
  const isAlone = groupsOf(names, cuts).some((group) => group.length === 1 && group[0] === node);
  if (!isAsking && names.length > 2 && !isAlone) {
    entries.push(
      { kind: 'separator', key: 'separator' },
      {
        kind: 'item',
        key: 'isolate',
        label: t('isolate'),
        icon: <Unplug {...ICON} />,
        onSelect: () => void lab.act(isolate),
      },
    );
  }
  return <MenuRows entries={entries} />;
}

function deedOf({ action }: Possibility, node: NodeId): NodeDeed | null {
  switch (action.do) {
    case 'command':
    case 'fire':
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'wipe':
      return action.node === node ? action.do : null;
    default:
      return null;
  }
}
