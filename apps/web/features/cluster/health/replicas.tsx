/** What each server says of itself, side by side: a server a column, so that a row reads across, with one scale a row. */
import type { HealthReport, Replica, Severity } from '@vivarium/shared/contract/health';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { listOf } from '../../../app/health-report/finding-text.ts';
import { useGo } from '../../../app/location.ts';
import { formatCount, formatDuration, formatTimeOfDay, formatZxid, fullZxid } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { RoleMark } from '../../../viz/role-mark.tsx';
import { rowScale, type Scale } from '../../../viz/series-scale.ts';
import { SmallPlot } from '../../../viz/small-plot.tsx';
import { useIsAttached } from '../attached.ts';
import { Marked } from '../inspector/marked.tsx';
import { useOriginText } from '../provenance.tsx';
import { formatSelection } from '../selection.ts';
import { NARROW, useMedia } from '../use-media.ts';
import {
  cellMark,
  FACTS,
  isMute,
  isSeen,
  knownOf,
  lastHeardMs,
  type ReplicaFact,
  replicaRole,
  seriesOf,
  WAYS_TO,
} from './replica-rows.ts';
import styles from './replicas.module.css';

/** The width of the names, and on a phone of a column, in pixels. */
const NAMES_PX = 142;
const COLUMN_PX = 178;

export function Replicas({ report }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const isNarrow = useMedia(NARROW);
  const { replicas, fromMs, atMs } = report;
  const clock = (ms: number) => formatTimeOfDay(ms).slice(0, 5);
  const title = t('replicas.title');
  const facts = FACTS.filter((fact) => fact !== 'version' || hasVersion(replicas));
  const seen = facts.filter((fact) => isSeen(replicas, fact));
  return (
    <section className={styles.replicas} aria-label={title}>
      <div className={styles.caption}>
        <h2>{title}</h2>
        <span>{t('replicas.range', { from: clock(fromMs), to: clock(atMs) })}</span>
      </div>
      {replicas.length === 0 ? (
        <p className={styles.caption}>{t('replicas.none')}</p>
      ) : (
        <div className={styles.scroller} tabIndex={isNarrow ? 0 : undefined}>
          <table
            className={styles.table}
            style={isNarrow ? { width: NAMES_PX + COLUMN_PX * replicas.length } : undefined}
          >
            <caption className="visually-hidden">{title}</caption>
            <colgroup>
              <col style={{ width: isNarrow ? 118 : NAMES_PX }} />
              {replicas.map(({ sid }) => (
                <col key={sid} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <td>
                  <span className="visually-hidden">{t('replicas.fact')}</span>
                </td>
                {replicas.map((replica) => (
                  <Head
                    key={replica.sid}
                    replica={replica}
                    isOwnHost={replicas.filter(({ host }) => host === replica.host).length === 1}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {seen.map((fact) => (
                <FactRow key={fact} fact={fact} report={report} />
              ))}
              <UnseenRow facts={facts.filter((fact) => !seen.includes(fact))} columns={replicas.length} />
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function hasVersion(replicas: readonly Replica[]): boolean {
  return replicas.some(({ version }) => version !== null);
}

function Head({ replica, isOwnHost }: { readonly replica: Replica; readonly isOwnHost: boolean }) {
  const { t } = useTranslation('health');
  const go = useGo();
  const role = replicaRole(replica);
  const word =
    replica.role?.value === 'silent' || replica.role?.value === 'standalone'
      ? t(`replicas.${replica.role.value}`)
      : t(`cluster:role.${role}`);
  const name = isOwnHost && replica.host !== '' ? replica.host : t('restart.server', { sid: replica.sid });
  return (
    <th scope="col">
      <span className={`${styles.server} ${role}`}>
        <RoleMark role={role} sid={replica.sid} size={18} />
        <button
          type="button"
          title={replica.host || name}
          onClick={() => go({ view: 'ring', select: formatSelection({ kind: 'server', sid: replica.sid }) })}
        >
          {name}
        </button>
        <span className={styles.role}>{word}</span>
      </span>
    </th>
  );
}

function FactRow({ fact, report }: { readonly fact: ReplicaFact; readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const { replicas } = report;
  const curves = replicas.flatMap((replica) => {
    const curve = seriesOf(replica, fact);
    return curve === null ? [] : [curve];
  });
  const scale = curves.length === 0 ? null : rowScale(curves, fact !== 'znodes');
  return (
    <tr data-plot={scale !== null || undefined}>
      <th scope="row">
        <FactName fact={fact} replicas={replicas} />
        {scale !== null && (
          <small>
            {t('replicas.scale', { min: formatCount(scale.min, language), max: formatCount(scale.max, language) })}
          </small>
        )}
      </th>
      {replicas.map((replica) => (
        <Cell key={replica.sid} fact={fact} replica={replica} report={report} scale={scale} />
      ))}
    </tr>
  );
}

/** What no server has told, in one row, with the ways that would show it. */
function UnseenRow({ facts, columns }: { readonly facts: readonly ReplicaFact[]; readonly columns: number }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const isAttached = useIsAttached();
  if (facts.length === 0) return null;
  const what = listOf(
    language,
    facts.map((fact) => t(`replicas.row.${fact}`)),
  );
  const ways = listOf(
    language,
    [...new Set(facts.flatMap((fact) => WAYS_TO[fact]))].map((way) => t(`wayName.${way}`)),
    'disjunction',
  );
  return (
    <tr>
      <th scope="row">{t('replicas.row.unseen')}</th>
      <td colSpan={columns} className={styles.quiet}>
        {isAttached ? t('replicas.unseen', { what, ways }) : t('blind.hosted', { what })}
      </td>
    </tr>
  );
}

function FactName({ fact, replicas }: { readonly fact: ReplicaFact; readonly replicas: readonly Replica[] }) {
  const { t } = useTranslation('health');
  const at = fact === 'digest' ? replicas.find(({ digest }) => digest !== null)?.digest?.at : undefined;
  return at === undefined ? (
    t(`replicas.row.${fact}`)
  ) : (
    <span title={fullZxid(at)}>
      <Marked text={t('replicas.row.digestAt', { zxid: formatZxid(at) })} />
    </span>
  );
}

interface CellProps {
  readonly fact: ReplicaFact;
  readonly replica: Replica;
  readonly report: HealthReport;
  readonly scale: Scale | null;
}

function Cell({ fact, replica, report, scale }: CellProps) {
  const { t } = useTranslation('health');
  const origin = useOriginText();
  const known = knownOf(replica, fact);
  const mark = cellMark(report.findings, fact, replica.sid);
  const isGone = isMute(replica);
  const language = useLanguage();
  const ways = WAYS_TO[fact].map((way) => t(`wayName.${way}`));
  const title =
    known !== null
      ? origin(known.origin, known.heardMs, report.atMs)
      : isGone
        ? undefined
        : t('replicas.notSeenBy', { ways: listOf(language, ways, 'disjunction') });
  const value = isGone ? null : <ValueText fact={fact} replica={replica} severity={mark?.severity ?? null} />;
  const points = seriesOf(replica, fact);
  if (points !== null && scale !== null) {
    const name = t(`replicas.row.${fact}`);
    const gapFromMs = isGone ? (points.at(-1)?.[0] ?? report.fromMs) : null;
    return (
      <td className={styles.plot} title={title}>
        <div>
          <SmallPlot
            points={points}
            fromMs={report.fromMs}
            toMs={report.atMs}
            scale={scale}
            tint={
              mark === null || mark.sinceMs === null || isGone
                ? null
                : { severity: mark.severity, fromMs: mark.sinceMs }
            }
            gapFromMs={gapFromMs}
            label={
              isGone
                ? t('replicas.plotGap', { fact: name, sid: replica.sid })
                : t('replicas.plot', { fact: name, sid: replica.sid, last: points.at(-1)?.[1] ?? '–' })
            }
          />
          <span className={styles.value}>{value}</span>
        </div>
      </td>
    );
  }
  return <td title={title}>{isGone ? <Gone fact={fact} replica={replica} report={report} /> : value}</td>;
}

/** A server that says nothing: where its log ended, and since when. */
function Gone({ fact, replica, report }: Pick<CellProps, 'fact' | 'replica' | 'report'>) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  if (fact === 'zxid' && replica.lastZxid !== null) {
    return (
      <span className="dim" title={fullZxid(replica.lastZxid.value)}>
        <Marked text={t('replicas.lastSeen', { zxid: formatZxid(replica.lastZxid.value) })} />
      </span>
    );
  }
  if (fact !== 'up') return null;
  const heardMs = lastHeardMs(replica);
  const since = heardMs === null ? null : formatDuration(report.atMs - heardMs, language);
  return <span className="dim">{since === null ? t('replicas.noAnswer') : t('replicas.noAnswerFor', { since })}</span>;
}

function ValueText({
  fact,
  replica,
  severity,
}: Pick<CellProps, 'fact' | 'replica'> & { readonly severity: Severity | null }) {
  const { t } = useTranslation('health');
  const text = useFactText(fact, replica);
  if (text === null)
    return <span className="dim">{seriesOf(replica, fact) === null ? t('replicas.notSeen') : '–'}</span>;
  const className = severity === 'critical' ? styles.bad : severity === 'warning' ? styles.care : undefined;
  if (fact === 'digest' && replica.digest?.differs === true) {
    return (
      <span className={styles.bad}>
        {text} <span aria-hidden>≠</span>
        <span className="visually-hidden">{t('replicas.differs')}</span>
      </span>
    );
  }
  return <span className={className}>{text}</span>;
}

/** The value of a fact as it stands in its cell; null where the server has not told it. */
function useFactText(fact: ReplicaFact, replica: Replica): ReactNode {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const count = (known: { readonly value: number } | null) =>
    known === null ? null : formatCount(known.value, language);
  switch (fact) {
    case 'zxid': {
      const { lastZxid, behind } = replica;
      if (lastZxid === null) return null;
      const late = behind?.value ?? 0;
      return (
        <>
          <span className="mono" title={fullZxid(lastZxid.value)}>
            {formatZxid(lastZxid.value)}
          </span>
          {late > 0 && <span className="dim"> {t('replicas.behind', { count: late })}</span>}
        </>
      );
    }
    case 'digest':
      return replica.digest === null ? null : <span className="mono">{inGroups(replica.digest.value)}</span>;
    case 'latency':
      return replica.latencyMs === null ? null : formatMs(replica.latencyMs.value);
    case 'outstanding':
      return count(replica.outstanding);
    case 'znodes':
      return count(replica.znodes);
    case 'sessions': {
      const both = [count(replica.sessions), count(replica.watches)];
      return both.every((one) => one === null) ? null : both.map((one) => one ?? '–').join(t('comma'));
    }
    case 'connections':
      return count(replica.connections);
    case 'fsync':
      return replica.fsyncMs === null ? null : formatDuration(replica.fsyncMs.value, language);
    case 'up':
      return replica.upMs === null ? null : formatDuration(replica.upMs.value, language);
    case 'version':
      return replica.version?.value ?? null;
  }
}

/** Milliseconds without their unit: the row names it. */
function formatMs(ms: number): string {
  return ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms));
}

/** Hex digits in groups of eight, as an eye compares them. */
function inGroups(digest: string): string {
  const digits = digest.replace(/^0x/, '').padStart(16, '0');
  return `${digits.slice(0, 8)} ${digits.slice(8)}`;
}
