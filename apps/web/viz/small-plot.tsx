import type { Severity } from '@vivarium/shared/contract/health';
import { type Points, pathOf, piecesOf, type Scale } from './series-scale.ts';
import styles from './small-plot.module.css';

const BOX = { width: 200, height: 40 };

/** A curve of a few minutes as wide as its place, without axes: what it means stands beside it. */
export function SmallPlot({
  points,
  fromMs,
  toMs,
  scale,
  label,
  limit = null,
  tint = null,
  gapFromMs = null,
  height = BOX.height,
}: {
  readonly points: Points;
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: Scale;
  /** What it shows, in words. */
  readonly label: string;
  /** A dashed line at this value. */
  readonly limit?: number | null;
  /** The ground from that instant on. */
  readonly tint?: { readonly severity: Severity; readonly fromMs: number } | null;
  /** From that instant on there was no answer. */
  readonly gapFromMs?: number | null;
  readonly height?: number;
}) {
  const share = (ms: number) => `${Math.min(100, Math.max(0, ((ms - fromMs) / Math.max(1, toMs - fromMs)) * 100))}%`;
  const limitY =
    limit === null ? null : (1 - (limit - scale.min) / (scale.max - scale.min || 1)) * (BOX.height - 4) + 2;
  return (
    <div className={styles.plot} style={{ height }} role="img" aria-label={label}>
      {tint !== null && (
        <span className={styles.tint} data-severity={tint.severity} style={{ left: share(tint.fromMs) }} />
      )}
      {gapFromMs !== null && <span className={styles.gap} style={{ left: share(gapFromMs) }} />}
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" aria-hidden>
        <path className={styles.base} d={`M0 ${BOX.height - 1}H${BOX.width}`} />
        {limitY !== null && limitY > 0 && <path className={styles.limit} d={`M0 ${limitY}H${BOX.width}`} />}
        <path className={styles.curve} d={pathOf(piecesOf(points, fromMs, toMs, scale), BOX.width, BOX.height)} />
      </svg>
    </div>
  );
}
