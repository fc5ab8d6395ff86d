/** What a finding rests on, drawn small. */
import type { Evidence, Finding } from '@vivarium/shared/contract/health';
import { useTranslation } from 'react-i18next';
import { formatBytes, formatCount, formatDuration, type Language } from '../../../components/format.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { rowScale } from '../../../viz/series-scale.ts';
import { SmallPlot } from '../../../viz/small-plot.tsx';
import styles from './findings.module.css';

const PLOT_PX = 28;
/** So many different values have room. */
const MAX_VALUES = 3;

type Unit = 'ms' | 'count' | 'bytes';

export function EvidenceDrawing({
  finding,
  fromMs,
  toMs,
}: {
  readonly finding: Finding;
  /** What the whole report covers, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const { evidence } = finding;
  switch (evidence.kind) {
    case 'series':
      return <Curve evidence={evidence} finding={finding} fromMs={fromMs} toMs={toMs} />;
    case 'gauge':
      return <Gauge evidence={evidence} />;
    case 'values':
      return <Values evidence={evidence} />;
    case 'none':
      return null;
  }
}

function Curve({
  evidence: { unit, points, limit },
  finding,
  fromMs,
  toMs,
}: {
  readonly evidence: Extract<Evidence, { kind: 'series' }>;
  readonly finding: Finding;
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const last = points.at(-1);
  if (last === undefined) return null;
  const value = inUnit(last[1], unit, language);
  const caption =
    limit === null
      ? t('evidence.series', { value })
      : t('evidence.seriesLimit', { value, limit: inUnit(limit, unit, language) });
  const [highest] = points.map(([, y]) => y).sort((a, b) => b - a);
  // A limit far above the values would press them flat: then only the caption has it.
  const isNear = limit !== null && limit <= Math.max(highest ?? 0, 1) * 3;
  const scale = rowScale(isNear ? [points, [[toMs, limit]]] : [points], true);
  return (
    <>
      <SmallPlot
        points={points}
        fromMs={Math.max(fromMs, points[0]?.[0] ?? fromMs)}
        toMs={toMs}
        scale={scale}
        limit={isNear ? limit : null}
        tint={finding.sinceMs === null ? null : { severity: finding.severity, fromMs: finding.sinceMs }}
        height={PLOT_PX}
        label={caption}
      />
      <small className={styles.caption}>{caption}</small>
    </>
  );
}

function Gauge({ evidence: { unit, value, limit } }: { readonly evidence: Extract<Evidence, { kind: 'gauge' }> }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const share = Math.min(1, limit > 0 ? value / limit : 1);
  // Bytes near a limit in full: in megabytes both ends would be the same number.
  const text = (n: number) => (unit === 'ms' ? formatDuration(n, language) : formatCount(n, language));
  return (
    <div role="img" aria-label={t('evidence.gauge', { value: text(value), limit: text(limit) })}>
      <div className={styles.gauge}>
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <small className={styles.ends}>
        <span>{text(value)}</span>
        <span>{unit === 'bytes' ? t('unit.bytes', { count: limit, shown: text(limit) }) : text(limit)}</span>
      </small>
    </div>
  );
}

/** Servers with the same value in one line, those that differ marked. */
function Values({ evidence: { rows } }: { readonly evidence: Extract<Evidence, { kind: 'values' }> }) {
  const { t } = useTranslation('health');
  const groups = new Map<string, { readonly value: string; readonly differs: boolean; readonly sids: number[] }>();
  for (const { sid, value, differs } of rows) {
    const key = `${differs} ${value}`;
    const group = groups.get(key) ?? { value, differs, sids: [] };
    group.sids.push(sid);
    groups.set(key, group);
  }
  const shown = [...groups.values()].sort((a, b) => Number(a.differs) - Number(b.differs)).slice(0, MAX_VALUES);
  return (
    <ul className={styles.values}>
      {shown.map(({ value, differs, sids }) => (
        <li key={`${differs} ${value}`} data-differs={differs || undefined} title={value}>
          <b>{sids.join(t('comma'))}</b>
          <span className="mono">{value}</span>
          {differs && (
            <>
              <span aria-hidden>≠</span>
              <span className="visually-hidden">{t('evidence.differs')}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function inUnit(value: number, unit: Unit, language: Language): string {
  if (unit === 'ms') return formatDuration(value, language);
  return unit === 'bytes' ? formatBytes(value, language) : formatCount(value, language);
}
