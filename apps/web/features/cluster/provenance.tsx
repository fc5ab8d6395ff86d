/** Where a value comes from and how old it is: every field of a cluster that somebody else runs says so. */
import type { AttachedInfo, ClusterInfo, Field, Origin } from '@vivarium/shared/contract/source';
import { useTranslation } from 'react-i18next';
import { formatAge } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { useHostNow } from '../../live/host-clock.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './provenance.module.css';

/** Says in half a sentence where something is from and, where that is told, how old it is at `nowMs`. */
export function useOriginText(): (origin: Origin, heardMs: number | null, nowMs: number) => string {
  const { t } = useTranslation('health');
  const language = useLanguage();
  return (origin, heardMs, nowMs) => {
    const from = t(`origin.${origin}`);
    if (heardMs === null) return from;
    return t('provenance.aged', {
      origin: from,
      age: t('provenance.ago', { age: formatAge(nowMs - heardMs, language) }),
    });
  };
}

/** Where a field of the cluster, or of one server of it, comes from; null for clusters that run here. */
export function originOf(
  info: Pick<ClusterInfo, 'provenance' | 'attached'> | null,
  field: Field,
  sid: number | null,
): { readonly origin: Origin; readonly heardMs: number | null } | null {
  if (info === null || info.attached === null) return null;
  const origin = info.provenance[field];
  return { origin, heardMs: heardOf(info.attached, origin, sid) };
}

function heardOf({ ways }: AttachedInfo, origin: Origin, sid: number | null): number | null {
  const way = ways.find((one) => one.way === origin);
  if (way === undefined) return null;
  return (sid === null ? undefined : way.servers[sid]?.heardMs) ?? way.heardMs;
}

/** A quiet line: "from the election port, 0.4 s ago". Nothing for a cluster that runs here, whose own trace tells all. */
export function Provenance({ field, sid = null }: { readonly field: Field; readonly sid?: number | null }) {
  const say = useProvenance(field, sid);
  return say === null ? null : <p className={styles.line}>{say}</p>;
}

/** The same as text, for a title; null for a cluster that runs here. */
export function useProvenance(field: Field, sid: number | null = null): string | null {
  const say = useOriginText();
  const { info, mode } = usePlayer((view) => ({ info: view.info, mode: view.mode }));
  const nowMs = useHostNow(1_000);
  const found = originOf(info, field, sid);
  if (found === null) return null;
  // In the past it is as old as the picture, which the time bar says.
  return say(found.origin, mode === 'live' ? found.heardMs : null, nowMs);
}
