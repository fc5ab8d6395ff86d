import type { NodeId } from '@vivarium/simulation/stepped/program';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { SegmentedControl } from '../../../components/segmented-control.tsx';
import { sameAction } from '../branch.ts';
import { lab, useLab } from '../lab-store.ts';
import { groupsOf } from './groups.ts';
import styles from './links-dialog.module.css';
import { useBreaksText } from './use-action-text.ts';

/** The buttons below the stage that cut and heal links, and what they open: groups that hear nothing of one another. */
export function LinksDialog() {
  const { t } = useTranslation('labsStage');
  const [isOpen, setOpen] = useState(false);
  const cuts = useLab(({ branch, cursor }) => branch.pictureAt(cursor).cuts);
  const nodes = useLab(({ info }) => info.nodes);
  const groups = groupsOf(
    nodes.map(({ id }) => id),
    cuts,
  );
  return (
    <>
      {cuts.length > 0 && (
        <>
          <span className={styles.cut}>
            {groups.length > 1
              ? t('split', { groups: groups.map((group) => group.join(' ')).join(' | ') })
              : t('cutLinks', { count: cuts.length })}
          </span>
          <Button variant="quiet" onClick={() => void lab.act({ do: 'healAll' })}>
            {t('action.healAll')}
          </Button>
        </>
      )}
      <Button variant="quiet" onClick={() => setOpen(true)}>
        {t('links.open')}
      </Button>
      {isOpen && <Links cuts={cuts} onClose={() => setOpen(false)} />}
    </>
  );
}

function Links({ cuts, onClose }: { readonly cuts: readonly string[]; readonly onClose: () => void }) {
  const { t } = useTranslation('labsStage');
  const nodes = useLab(({ info }) => info.nodes).map(({ id }) => id);
  const possibilities = useLab((state) => state.possibilities);
  const isAsking = useLab((state) => state.isAsking);
  const breaksOf = useBreaksText();
  // It begins with the groups that there are.
  const [groups, setGroups] = useState<Readonly<Record<NodeId, Group>>>(() =>
    Object.fromEntries(
      groupsOf(nodes, cuts).flatMap((group, i) => group.map((node) => [node, GROUPS[i] ?? 'c'] as const)),
    ),
  );
  const groupOf = (node: NodeId): Group => groups[node] ?? 'a';
  const members = GROUPS.map((group) => nodes.filter((node) => groupOf(node) === group)).filter(
    (group) => group.length > 0,
  );
  const cutBreaks = possibilities.find(({ action }) => action.do === 'cut')?.breaks ?? null;
  const assumption = breaksOf(cutBreaks);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('links.title')}
      description={t('links.purpose')}
      size="wide"
      footer={
        <>
          <Button
            disabled={cuts.length === 0}
            onClick={() => {
              onClose();
              void lab.act({ do: 'healAll' });
            }}
          >
            {t('action.healAll')}
          </Button>
          <Button
            variant="primary"
            disabled={members.length < 2}
            onClick={() => {
              onClose();
              void lab.act({ do: 'split', groups: members });
            }}
          >
            {t('links.split')}
          </Button>
        </>
      }
    >
      <div className={styles.columns}>
        <section>
          <h3>{t('links.groups')}</h3>
          <ul className={styles.groups}>
            {nodes.map((node) => (
              <li key={node}>
                <span className="mono">{node}</span>
                <SegmentedControl
                  label={t('links.groupOf', { node })}
                  value={groupOf(node)}
                  segments={[
                    { value: 'a', label: 'A' },
                    { value: 'b', label: 'B' },
                    { value: 'c', label: 'C' },
                  ]}
                  onChange={(group: Group) => setGroups({ ...groups, [node]: group })}
                />
              </li>
            ))}
          </ul>
          <p className={styles.preview}>{members.map((group) => group.join(', ')).join(' | ')}</p>
          {assumption !== null && <p className={styles.breaks}>{assumption}</p>}
        </section>
        <section>
          <h3>{t('links.each')}</h3>
          <table className={styles.matrix}>
            <caption className="visually-hidden">{t('links.matrix')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('links.fromTo')}</th>
                {nodes.map((to) => (
                  <th key={to} scope="col" className="mono">
                    {to}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {nodes.map((from) => (
                <tr key={from}>
                  <th scope="row" className="mono">
                    {from}
                  </th>
                  {nodes.map((to) => {
                    const isCut = cuts.includes(`${from}>${to}`);
                    const action = { do: isCut ? 'heal' : 'cut', from, to } as const;
                    // Not taken away while it asks: the keyboard would lose its place.
                    const isPossible = isAsking || possibilities.some((one) => sameAction(one.action, action));
                    return (
                      <td key={to}>
                        {from !== to && (
                          <input
                            type="checkbox"
                            checked={!isCut}
                            disabled={!isPossible}
                            aria-label={t('links.goes', { from, to })}
                            onChange={() => void lab.act(action)}
                          />
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="dim">{t('links.hint')}</p>
        </section>
      </div>
    </Dialog>
  );
}

const GROUPS = ['a', 'b', 'c'] as const;
type Group = (typeof GROUPS)[number];
