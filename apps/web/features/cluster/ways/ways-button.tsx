/** The ways into a cluster that somebody else runs: one line in the bar of the page, and behind it why each is open or not. */
import type { AttachedInfo, WayInfo, WayReason } from '@vivarium/shared/contract/source';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listOf } from '../../../app/health-report/finding-text.ts';
import { Button } from '../../../components/button.tsx';
import { formatAge, formatBytes, formatCount, formatInstant } from '../../../components/format.ts';
import { Popover } from '../../../components/popover.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useHostNow } from '../../../live/host-clock.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { useAttached } from '../provenance.tsx';
import { byReason, lookOf, type WayLook } from './way-state.ts';
import styles from './ways-button.module.css';

/** Nothing for a cluster that runs here. */
export function WaysButton() {
  const { t } = useTranslation('health');
  const attached = usePlayer((view) => view.info?.attached ?? null);
  if (attached === null) return null;
  return (
    <WaysPopover>
      <Button variant="quiet" className={styles.trigger}>
        <span className="visually-hidden">{t('ways.title')}</span>
        {attached.ways.map((info) => (
          <span key={info.way} className={styles.way} data-look={lookOf(info)}>
            <WayMark look={lookOf(info)} />
            <span className={styles.name}>{t(`way.${info.way}`)}</span>
            <span className="visually-hidden">{t(`wayState.${lookOf(info)}`)}</span>
          </span>
        ))}
      </Button>
    </WaysPopover>
  );
}

/** A button of one's own that opens the same, beside what a closed way leaves out. Nothing for a cluster that runs here. */
export function WaysPopover({ children }: { readonly children: ReactElement }) {
  const { t } = useTranslation('health');
  const attached = usePlayer((view) => view.info?.attached ?? null);
  if (attached === null) return null;
  return (
    <Popover label={t('ways.title')} trigger={children}>
      <Ways attached={attached} />
    </Popover>
  );
}

function Ways({ attached }: { readonly attached: AttachedInfo }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const newest = useAttached() ?? attached;
  const { mirror, ways, readOnly } = newest;
  return (
    <div className={styles.panel}>
      <h2>{t('ways.title')}</h2>
      <p className={styles.about}>{t('ways.text')}</p>
      <ul className={styles.ways}>
        {ways.map((info) => (
          <Way key={info.way} info={info} />
        ))}
      </ul>
      <div className={styles.foot}>
        {mirror !== null && (
          <p>
            {t(`ways.mirror.${mirror.state}`, {
              znodes: formatCount(mirror.znodes, language),
              bytes: formatBytes(mirror.bytes, language),
            })}
          </p>
        )}
        <p>{t(readOnly ? 'ways.readOnly' : 'ways.writable')}</p>
      </div>
    </div>
  );
}

function Way({ info }: { readonly info: WayInfo }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const reasonText = useReasonText();
  const nowMs = useHostNow(1_000);
  const look = lookOf(info);
  const { heardMs } = info;
  return (
    <li>
      <WayMark look={look} />
      <div>
        <div className={styles.head}>
          <b>{t(`wayName.${info.way}`)}</b>
          <span title={heardMs === null ? undefined : formatInstant(heardMs, language)}>
            {heardMs === null
              ? t('ways.never')
              : t('ways.heard', { age: t('provenance.ago', { age: formatAge(nowMs - heardMs, language) }) })}
          </span>
        </div>
        <p className={styles.text}>
          {t(`wayState.${look}`)}
          {info.reason !== null && `${t('colon')}${reasonText(info.reason)}`}
        </p>
        {byReason(info).map(({ sids, reason, state }) => (
          <p key={sids.join()} className={styles.text}>
            {t('ways.server', { count: sids.length, sids: listOf(language, sids) })}
            {t('colon')}
            {reason === null ? t(`wayState.${state}`) : reasonText(reason)}
          </p>
        ))}
        {look !== 'open' && <p className={styles.shows}>{t(`wayShows.${info.way}`)}</p>}
      </div>
    </li>
  );
}

/** Why a way is closed, in a sentence. */
function useReasonText(): (reason: WayReason) => string {
  const { t } = useTranslation('health');
  const language = useLanguage();
  return ({ code, params }) => {
    const { limit } = params;
    return t(`reason.${code}`, {
      ...params,
      ...(typeof limit === 'number' && { limit: formatBytes(limit, language) }),
    });
  };
}

/** Filled: open; half: to some servers; dashed: trying; crossed: closed. */
function WayMark({ look }: { readonly look: WayLook }) {
  return (
    <svg width={10} height={10} viewBox="0 0 10 10" aria-hidden>
      {look === 'closed' ? (
        <path d="M1.5 1.5l7 7m0-7l-7 7" stroke="var(--ink-3)" strokeWidth={1.5} />
      ) : (
        <circle
          cx={5}
          cy={5}
          r={4}
          fill={look === 'open' ? 'var(--sev-ok)' : 'none'}
          stroke={look === 'trying' ? 'var(--line-3)' : 'var(--sev-ok)'}
          strokeWidth={1.5}
          {...(look === 'trying' && { strokeDasharray: '2.2 1.6' })}
        />
      )}
      {look === 'partly' && <path d="M5 1a4 4 0 0 0 0 8Z" fill="var(--sev-ok)" />}
    </svg>
  );
}
