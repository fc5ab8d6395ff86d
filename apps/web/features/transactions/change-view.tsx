import type { TransactionDetailJson } from '@vivarium/shared/contract/transactions';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { PlaceLink } from '../../app/frame/place-link.tsx';
import { classNames } from '../../components/class-names.ts';
import { formatBytes } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { type ReadData, readData } from '../explorer/data/data-kind.ts';
import { comparable } from '../explorer/data/merge-data.ts';
import { beforeAfterRows } from '../explorer/detail/conflict-rows.ts';
import { DiffTable } from '../explorer/detail/diff-table.tsx';
import { HexView } from '../explorer/detail/hex-view.tsx';
import styles from './transactions.module.css';

type Change = TransactionDetailJson['transaction']['changes'][number];
type Data = TransactionDetailJson['data'][number];

/** What a transaction did to one znode: its path, and the data before and after. */
export function ChangeView({
  change,
  data,
  named = true,
}: {
  readonly change: Change;
  readonly data: Data;
  /** Whether the path stands above it. */
  readonly named?: boolean;
}) {
  const { t } = useTranslation('transactions');
  const { path, change: kind, version } = change;
  return (
    <section className={styles.changeView} aria-label={path}>
      <header className={styles.changeHead}>
        {named &&
          (kind === 'deleted' ? (
            <code className={styles.changePath}>{path}</code>
          ) : (
            <PlaceLink className={classNames('mono', styles.changePath)} to={{ page: 'explorer', path }}>
              {path}
            </PlaceLink>
          ))}
        <span className={styles.dim}>{t(`kind.${kind}`, { version })}</span>
      </header>
      <DataBeforeAfter change={change} data={data} />
    </section>
  );
}

function DataBeforeAfter({ change, data }: { readonly change: Change; readonly data: Data }) {
  const { t } = useTranslation('transactions');
  const language = useLanguage();
  const { hidden, beforeBytes, afterBytes, change: kind } = change;
  if (hidden) return <p className={styles.note}>{t('data.hidden')}</p>;
  const sizes = [beforeBytes, afterBytes].filter((size) => size !== null).map((size) => formatBytes(size, language));
  if (!data.kept && data.before === null && data.after === null) {
    if (sizes.length === 0) return <p className={styles.note}>{t('data.unknown')}</p>;
    return <p className={styles.note}>{t('data.tooLong', { sizes: sizes.join(' → ') })}</p>;
  }
  return (
    <>
      {!data.kept && <p className={styles.note}>{t('data.oneSide', { sizes: sizes.join(' → ') })}</p>}
      <Sides
        before={kind === 'created' ? null : readData(data.before)}
        after={kind === 'deleted' ? null : readData(data.after)}
      />
    </>
  );
}

/** Null: the znode is not there. */
function Sides({ before, after }: { readonly before: ReadData | null; readonly after: ReadData | null }) {
  const { t } = useTranslation('transactions');
  const was = before === null ? '' : before.text;
  const is = after === null ? '' : after.text;
  const rows = useMemo(() => {
    if (was === null || is === null) return null;
    // A side without text is compared as it is, and does not keep the other one from being laid out.
    const text = was === '' ? is : was;
    const laidOut = comparable({ base: text, mine: is === '' ? text : is, theirs: text });
    return beforeAfterRows(was === '' ? '' : laidOut.base, is === '' ? '' : laidOut.mine);
  }, [was, is]);
  const heads = { left: headOf(before), right: headOf(after) };
  if (rows !== null && was === '' && is === '') {
    return <p className={styles.note}>{t('data.noneAtAll')}</p>;
  }
  if (rows !== null) {
    return (
      <div className={styles.diff}>
        <DiffTable
          label={t('data.label')}
          rows={rows}
          leftHead={
            <>
              {t('data.before')} <small>{t(`data.${heads.left}`)}</small>
            </>
          }
          rightHead={
            <>
              {t('data.after')} <small>{t(`data.${heads.right}`)}</small>
            </>
          }
        />
      </div>
    );
  }
  return (
    <div className={styles.hexes}>
      <Bytes title={t('data.before')} data={before} />
      <Bytes title={t('data.after')} data={after} />
    </div>
  );
}

function Bytes({ title, data }: { readonly title: string; readonly data: ReadData | null }) {
  const { t } = useTranslation('transactions');
  return (
    <div className={styles.hex}>
      <h4>
        {title} <small>{t(`data.${headOf(data)}`)}</small>
      </h4>
      {data?.bytes != null && data.bytes.length > 0 && <HexView bytes={data.bytes} />}
    </div>
  );
}

/** What stands beside the head of a side. */
function headOf(data: ReadData | null): 'notThere' | 'none' | 'empty' | 'json' | 'text' | 'binary' {
  return data === null ? 'notThere' : data.kind;
}
