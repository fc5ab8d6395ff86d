import type { Known } from '@vivarium/shared/contract/health';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatDuration } from '../../../components/format.ts';
import { ZxidText } from '../../../components/identifiers.tsx';
import { KeyValue, Panel } from '../../../components/panel.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useHostNow } from '../../../live/host-clock.ts';
import { useReplica } from '../attached.ts';
import { useOriginText } from '../provenance.tsx';
import styles from './inspector.module.css';

/** Its figures, from its words or its admin server; the origin of each is its title, that of the newest stands below. */
export function Figures({ sid }: { readonly sid: number }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const origin = useOriginText();
  const nowMs = useHostNow(1_000);
  const replica = useReplica(sid);
  if (replica === null) return null;
  const count = (value: number) => formatCount(value, language);
  const duration = (value: number) => formatDuration(value, language);
  const row = <T,>(key: string, label: string, known: Known<T> | null, show: (value: T) => ReactNode) =>
    known === null
      ? []
      : [
          {
            key,
            label,
            known,
            value: <span title={origin(known.origin, known.heardMs, nowMs)}>{show(known.value)}</span>,
          },
        ];
  const name = (fact: string) => t(`replicas.row.${fact}`);
  const rows = [
    ...row('zxid', name('zxid'), replica.lastZxid, (zxid) => <ZxidText zxid={zxid} />),
    ...row('latency', t('attached.meanLatency'), replica.latencyMs, duration),
    ...row('outstanding', name('outstanding'), replica.outstanding, count),
    ...row('znodes', name('znodes'), replica.znodes, count),
    ...row('sessions', t('attached.sessions'), replica.sessions, count),
    ...row('watches', t('attached.watches'), replica.watches, count),
    ...row('connections', name('connections'), replica.connections, count),
    ...row('fsync', name('fsync'), replica.fsyncMs, duration),
    ...row('up', name('up'), replica.upMs, duration),
    ...row('version', name('version'), replica.version, (version) => version),
  ];
  const newest = rows
    .map(({ known }) => known)
    .reduce<Known<unknown> | null>(
      (best, known) => (best === null || known.heardMs > best.heardMs ? known : best),
      null,
    );
  return (
    <Panel title={t('attached.says')}>
      {newest === null ? (
        <p>{t('missing.words')}</p>
      ) : (
        <>
          <KeyValue entries={rows} className={styles.figures} />
          <p className={styles.after}>{origin(newest.origin, newest.heardMs, nowMs)}</p>
        </>
      )}
    </Panel>
  );
}
