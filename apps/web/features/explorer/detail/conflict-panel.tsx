import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { formatBytes, formatRelative } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { readData } from '../data/data-kind.ts';
import { comparable, mergeData } from '../data/merge-data.ts';
import { useNow } from '../use-now.ts';
import styles from './conflict-panel.module.css';
import { conflictRows } from './conflict-rows.ts';
import { DiffTable } from './diff-table.tsx';
import { type Draft, draftBytes } from './draft.ts';
import { writerOf } from './writer-of.ts';

/** Both sides of a change that met another one, and the ways out. */
export function ConflictPanel({
  draft,
  theirs,
  refused,
  busy,
  onDiscard,
  onMerge,
  onSaveMerged,
  onOverwrite,
  onLater,
}: {
  readonly draft: Draft;
  readonly theirs: ZnodeJson;
  /** Saving was tried and refused; otherwise the change was only seen to come. */
  readonly refused: boolean;
  readonly busy: boolean;
  readonly onDiscard: () => void;
  /** Goes on editing from a text that holds both changes. */
  readonly onMerge: (text: string) => void;
  readonly onSaveMerged: (text: string) => void;
  readonly onOverwrite: () => void;
  /** Closes the panel; the conflict stays. */
  readonly onLater: () => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const now = useNow(1_000);
  const writer = usePlayer((view) => writerOf(view.state, theirs.stat.mzxid));
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (refused) panel.current?.focus();
  }, [refused]);

  const version = draft.base.stat.version;
  const base = readData(draft.base.data).text;
  const other = readData(theirs.data).text;
  const mine = draft.content.kind === 'text' ? draft.content.text : null;
  const names = { mine: t('conflict.yours'), theirs: t('conflict.theirsVersion', { version: theirs.stat.version }) };
  const texts = base !== null && other !== null && mine !== null ? { base, mine, theirs: other } : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names change with the language only.
  const both = useMemo(() => texts && mergeData(texts, names), [base, mine, other, language]);
  const merged = both?.merged ?? null;
  const next = theirs.stat.version + 1;
  return (
    <section
      ref={panel}
      className={styles.panel}
      role="dialog"
      aria-label={t('conflict.label')}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onLater();
      }}
    >
      <div className={styles.head}>
        <h3>{refused ? t('conflict.refused') : t('conflict.seen')}</h3>
        <p>
          {t(writer === null ? 'conflict.since' : 'conflict.sinceBy', {
            read: version,
            written: theirs.stat.version,
            ago: formatRelative(Math.min(theirs.stat.mtimeMs, now), now, language),
            who: writer?.address ?? writer?.session,
          })}
        </p>
      </div>
      {texts === null ? (
        <Sizes mine={draftBytes(draft).length} theirs={theirs.stat.dataLength} />
      ) : (
        <Sides
          {...texts}
          mineHead={
            <>
              {t('conflict.yours')} <small>{t('conflict.yoursAbout', { version, count: both?.mineLines ?? 0 })}</small>
            </>
          }
          theirsHead={
            <>
              {t('conflict.theirs')}{' '}
              <small>
                {t('conflict.theirsAbout', { version: theirs.stat.version, count: both?.theirsLines ?? 0 })}
              </small>
            </>
          }
        />
      )}
      <footer className={styles.foot}>
        <p>{merged !== null ? t('conflict.canMerge') : t('conflict.cannotMerge')}</p>
        {!refused && (
          <Button variant="quiet" onClick={onLater}>
            {t('conflict.later')}
          </Button>
        )}
        <Button onClick={onDiscard} disabled={busy}>
          {t('conflict.discard')}
        </Button>
        <Button variant={both === null ? 'primary' : 'default'} onClick={onOverwrite} disabled={busy}>
          {t('conflict.overwrite', { version: next })}
        </Button>
        {both !== null && (
          <Button variant={merged === null ? 'primary' : 'default'} onClick={() => onMerge(both.draft)} disabled={busy}>
            {t('conflict.edit')}
          </Button>
        )}
        {merged !== null && (
          <Button variant="primary" onClick={() => onSaveMerged(merged)} disabled={busy}>
            {t('conflict.saveBoth', { version: next })}
          </Button>
        )}
      </footer>
    </section>
  );
}

function Sizes({ mine, theirs }: { readonly mine: number; readonly theirs: number }) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  return (
    <p className={styles.sizes}>
      {t('conflict.binary', { mine: formatBytes(mine, language), theirs: formatBytes(theirs, language) })}
    </p>
  );
}

function Sides({
  base,
  mine,
  theirs,
  mineHead,
  theirsHead,
}: {
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
  readonly mineHead: ReactNode;
  readonly theirsHead: ReactNode;
}) {
  const { t } = useTranslation('explorer');
  const rows = useMemo(() => {
    const sides = comparable({ base, mine, theirs });
    return conflictRows(sides.base, sides.mine, sides.theirs);
  }, [base, mine, theirs]);
  return (
    <div className={styles.sides}>
      <DiffTable label={t('conflict.sides')} rows={rows} leftHead={mineHead} rightHead={theirsHead} />
    </div>
  );
}
