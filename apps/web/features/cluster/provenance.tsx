/** Where a value comes from and how old it is: every field of a cluster that somebody else runs says so. */
import type { AttachedInfo, Field, Origin } from '@vivarium/shared/contract/source';
import { useTranslation } from 'react-i18next';
import { useSources } from '../../app/frame/sources.ts';
import { formatAge } from '../../components/format.ts';
import { useLanguage } from '../../i18n/i18n.ts';
import { useHostNow } from '../../live/host-clock.ts';
import { usePlayer } from '../../live/use-player.ts';
import styles from './provenance.module.css';

/** How often ages are asked for: they grow by themselves, and only what is heard makes them small again. */
const AGES_EVERY_MS = 2_000;

/** Says in half a sentence where something is from and, where that is told, how old it is at `nowMs`. */
export function useOriginText(): (origin: Origin, heardMs: number | null, nowMs: number) => string {
  const { t } = useTranslation('health');
  const language = useLanguage();
  return (origin, heardMs, nowMs) => {
    const from = t(`origin.${origin}`);
    if (heardMs === null) return from;
    const age = t('provenance.ago', { age: formatAge(nowMs - heardMs, language) });
    return t('provenance.aged', { origin: from, age });
  };
}

/** The cluster's ways with their newest ages; null for a cluster that runs here. An age alone is no news that is sent. */
export function useAttached(): AttachedInfo | null {
  const { cluster, attached } = usePlayer(({ cluster, info }) => ({ cluster, attached: info?.attached ?? null }));
  const { data } = useSources(null);
  if (attached === null) return null;
  return data?.find(({ id }) => id === cluster)?.attached ?? attached;
}

/** Keeps the ages of the shown cluster's ways new: once on a page that shows some. */
export function useFreshAges(): void {
  const isAttached = usePlayer(({ info }) => info?.kind === 'attached');
  useSources(isAttached ? AGES_EVERY_MS : null);
}

/** When something was last heard the way that a field comes, of one server or of all; null where that is not known. */
function heardOf({ ways }: Pick<AttachedInfo, 'ways'>, origin: Origin, sid: number | null): number | null {
  const way = ways.find((one) => one.way === origin);
  if (way === undefined) return null;
  return (sid === null ? undefined : way.servers[sid]?.heardMs) ?? way.heardMs;
}

/** Where a field comes from, as text; null for a cluster that runs here, whose own trace tells all. */
export function useProvenance(field: Field, sid: number | null = null): string | null {
  const say = useOriginText();
  const attached = useAttached();
  const { provenance, isLive } = usePlayer(({ info, mode }) => ({
    provenance: info?.provenance ?? null,
    isLive: mode === 'live',
  }));
  const nowMs = useHostNow(1_000);
  if (attached === null || provenance === null) return null;
  const origin = provenance[field];
  // In the past it is as old as the picture, which the time bar says.
  return say(origin, isLive ? heardOf(attached, origin, sid) : null, nowMs);
}

/** A quiet line: "from the election port, 0.4 s ago". Nothing for a cluster that runs here. */
export function Provenance({ field, sid = null }: { readonly field: Field; readonly sid?: number | null }) {
  const text = useProvenance(field, sid);
  return text === null ? null : <p className={styles.line}>{text}</p>;
}
