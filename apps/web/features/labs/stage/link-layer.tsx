import type { NodeId } from '@vivarium/simulation/stepped/program';
import { Link2, Unlink } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { type MenuEntry, MenuFrame, MenuRows } from '../../../components/menu.tsx';
import { lab, useLab } from '../lab-store.ts';
import { apart } from './groups.ts';
import styles from './lab-stage.module.css';
import { useBreaksText } from './use-action-text.ts';
import { fixed, headingOn, pathAlong, pointOn, type Way } from './way.ts';

const ICON = { size: 14, strokeWidth: 1.5, 'aria-hidden': true } as const;
/** Where a cut is drawn: before the receiver, so that what waits for it stands before the break. */
const BREAK_AT = 0.93;

const MANY_CUTS = 4;

export interface LinkLayerProps {
  /** Pairs of nodes between which something goes, or is cut. */
  readonly pairs: readonly (readonly [NodeId, NodeId])[];
  readonly cuts: readonly string[];
  readonly wayOf: (from: NodeId, to: NodeId) => Way | null;
}

/** The links between the cards: faint where they are whole, broken before the node that nothing reaches. */
export const LinkLayer = memo(function LinkLayer({ pairs, cuts, wayOf }: LinkLayerProps) {
  const { t } = useTranslation('labsStage');
  // Where whole groups are cut off, two marks a link would be all that one sees.
  const isSplit = cuts.length > MANY_CUTS;
  return pairs.map(([a, b]) => {
    const way = wayOf(a, b);
    if (way === null) return null;
    const [there, back] = [cuts.includes(`${a}>${b}`), cuts.includes(`${b}>${a}`)];
    const d = pathAlong(way);
    return (
      <LinkMenu
        key={`${a}|${b}`}
        a={a}
        b={b}
        trigger={
          // biome-ignore lint/a11y/useSemanticElements: a drawing has no element for it
          <g className={styles.link} role="button" aria-label={t('linkMenu', { a, b })} tabIndex={-1}>
            <path
              className={styles.line}
              d={d}
              data-cut={(there && back) || undefined}
              data-quiet={(there && back && isSplit) || undefined}
            />
            {there && <Break way={way} share={there && back && isSplit ? 0.5 : BREAK_AT} />}
            {back && !(there && isSplit) && <Break way={way} share={1 - BREAK_AT} />}
            <path className={styles.hit} d={d} />
          </g>
        }
      />
    );
  });
});

/** Two strokes across the line. */
function Break({ way, share }: { readonly way: Way; readonly share: number }) {
  const at = pointOn(way, share);
  const heading = headingOn(way, share);
  const angle = (Math.atan2(heading.y, heading.x) * 180) / Math.PI;
  return (
    <g transform={`translate(${fixed(at.x)} ${fixed(at.y)}) rotate(${fixed(angle)})`}>
      <rect className={styles.breakGround} x={-4} y={-8} width={8} height={16} />
      <path className={styles.break} d="M-5 7L-1 -7M1 7L5 -7" />
    </g>
  );
}

function LinkMenu({ a, b, trigger }: { readonly a: NodeId; readonly b: NodeId; readonly trigger: ReactElement }) {
  const { t } = useTranslation('labsStage');
  return (
    <MenuFrame trigger={trigger} label={t('linkMenu', { a, b })} align="center">
      <LinkDeeds a={a} b={b} />
    </MenuFrame>
  );
}

function LinkDeeds({ a, b }: { readonly a: NodeId; readonly b: NodeId }) {
  const { t } = useTranslation('labsStage');
  const possibilities = useLab((state) => state.possibilities);
  const isAsking = useLab((state) => state.isAsking);
  const nodes = useLab(({ info }) => info.nodes);
  const cuts = useLab(({ branch, cursor }) => branch.pictureAt(cursor).cuts);
  const breaksOf = useBreaksText();
  const entries: MenuEntry[] = [{ kind: 'label', key: 'label', label: t('linkMenu', { a, b }) }];
  for (const { action, breaks } of isAsking ? [] : possibilities) {
    if (action.do !== 'cut' && action.do !== 'heal') continue;
    const { from, to } = action;
    if ((from !== a || to !== b) && (from !== b || to !== a)) continue;
    const note = breaksOf(breaks);
    entries.push({
      kind: 'item',
      key: `${action.do} ${from}>${to}`,
      label: t(action.do === 'cut' ? 'cutOneWay' : 'healOneWay', { from, to }),
      icon: action.do === 'cut' ? <Unlink {...ICON} /> : <Link2 {...ICON} />,
      ...(note !== null && { note }),
      onSelect: () => void lab.act(action),
    });
  }
  if (isAsking) entries.push({ kind: 'label', key: 'wait', label: t('asking') });
  else if (nodes.length > 2) {
    const names = nodes.map(({ id }) => id);
    entries.push(
      { kind: 'separator', key: 'separator' },
      {
        kind: 'item',
        key: 'apart',
        label: t('pairAlone', { a, b }),
        icon: <Unlink {...ICON} />,
        onSelect: () => void lab.act({ do: 'split', groups: apart([a, b], names, cuts) }),
      },
    );
  }
  return <MenuRows entries={entries} />;
}
