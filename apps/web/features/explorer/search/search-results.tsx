import { errorSentence } from '@vivarium/shared/contract/errors';
import type { SearchJson } from '@vivarium/shared/contract/mirror';
import { nameOf, parentOf } from '@vivarium/shared/path';
import { Lock } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { formatBytes, formatCount, formatDuration } from '../../../components/format.ts';
import { SegmentedControl } from '../../../components/segmented-control.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import styles from './search-results.module.css';
import type { Search, Where } from './use-search.ts';

type Hit = SearchJson['hits'][number];

/** What a search of the whole tree has found, below the field that it was typed in. */
export function SearchResults({
  id,
  text,
  where,
  onWhere,
  search,
  chosen,
  onGo,
}: {
  /** Of the list; its options are called `${id}-${index}`. */
  readonly id: string;
  readonly text: string;
  readonly where: Where;
  readonly onWhere: (where: Where) => void;
  readonly search: Search;
  readonly chosen: number;
  readonly onGo: (path: string) => void;
}) {
  const { t } = useTranslation('explorer');
  const language = useLanguage();
  const list = useRef<HTMLDivElement>(null);
  const { result, isOld, isSlow, failure, retry } = search;
  useEffect(() => {
    if (chosen >= 0) list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const hits = result?.hits ?? [];
  return (
    <div className={styles.results}>
      <div className={styles.head}>
        <SegmentedControl
          label={t('search.where')}
          value={where}
          segments={(['name', 'pattern', 'content'] as const).map((value) => ({
            value,
            label: t(`search.in.${value}`),
          }))}
          onChange={onWhere}
        />
        <span className={styles.status} role="status">
          {failure !== null
            ? ''
            : isSlow || result === null
              ? t(isSlow ? 'search.slow' : 'search.searching')
              : t(result.more ? 'search.foundMore' : 'search.found', {
                  count: result.hits.length,
                  hits: formatCount(result.hits.length, language),
                  scanned: formatCount(result.scanned, language),
                  time: formatDuration(result.tookMs, language),
                })}
        </span>
      </div>
      {failure !== null && (
        <p className={styles.note} role="alert">
          {t('search.failed')} {errorSentence(failure.error.code, failure.error.params, language)}{' '}
          <Button variant="quiet" className={styles.link} onClick={retry}>
            {t('search.retry')}
          </Button>
        </p>
      )}
      {failure === null && result !== null && hits.length === 0 && (
        <p className={styles.note}>{t(whyNone(result, where), { text })}</p>
      )}
      <div
        ref={list}
        id={id}
        className={classNames(styles.list, isOld && styles.old)}
        role="listbox"
        aria-label={t('search.hits')}
        hidden={hits.length === 0}
      >
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and its keys choose.
          <div
            key={hit.path}
            id={`${id}-${index}`}
            className={classNames(styles.hit, index === chosen && styles.chosen)}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            title={hit.path}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onGo(hit.path)}
          >
            <HitPath hit={hit} text={where === 'name' ? text : ''} />
            <span className={styles.size}>
              {hit.stat === null ? (
                <Lock size={12} strokeWidth={1.5} aria-label={t('search.unreadable')} />
              ) : (
                formatBytes(hit.stat.dataLength, language)
              )}
            </span>
            {hit.excerpt !== null && <Excerpt excerpt={hit.excerpt} />}
          </div>
        ))}
      </div>
      {result?.more === true && <p className={styles.note}>{t('search.more')}</p>}
      {result !== null && !result.more && result.scanned < result.total && (
        <p className={styles.note}>{t('search.loading', { total: formatCount(result.total, language) })}</p>
      )}
    </div>
  );
}

function whyNone({ bodies, total }: SearchJson, where: Where) {
  if (total === 0) return 'search.empty';
  return where === 'content' && !bodies ? 'search.noBodies' : `search.none.${where}`;
}

/** The name, with what was looked for marked in it, behind the path to it, which gives way where there is no room. */
function HitPath({ hit: { path }, text }: { readonly hit: Hit; readonly text: string }) {
  const parent = parentOf(path);
  const name = nameOf(path);
  // What stands before the last slash is looked for in what is before the name.
  const sought = text.slice(text.lastIndexOf('/') + 1).toLowerCase();
  const at = sought === '' ? -1 : name.toLowerCase().indexOf(sought);
  return (
    <span className={styles.path}>
      {parent !== '' && (
        <span className={styles.parent}>
          <bdi>{parent === '/' ? '/' : `${parent}/`}</bdi>
        </span>
      )}
      <span className={styles.name}>
        {at < 0 ? (
          name
        ) : (
          <>
            {name.slice(0, at)}
            <mark>{name.slice(at, at + sought.length)}</mark>
            {name.slice(at + sought.length)}
          </>
        )}
      </span>
    </span>
  );
}

function Excerpt({ excerpt: { text, at, length } }: { readonly excerpt: NonNullable<Hit['excerpt']> }) {
  return (
    <span className={styles.excerpt}>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + length)}</mark>
      {text.slice(at + length)}
    </span>
  );
}
