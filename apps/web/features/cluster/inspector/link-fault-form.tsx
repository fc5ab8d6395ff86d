/** Cuts, slows or drops what goes from one server to another, or heals it. */
import { type ClusterState, linkKey } from '@vivarium/shared/cluster-state';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { useState } from 'react';
import { useLocation } from '../../../app/location.ts';
import { Button } from '../../../components/button.tsx';
import { NumberField, Select } from '../../../components/field.tsx';
import { useLanguage } from '../../../i18n/i18n.ts';
import { setLinkFault } from '../actions.ts';
import { faultText } from './fault-text.ts';
import styles from './inspector.module.css';
import { useText } from './text.ts';

type Kind = LinkFault['kind'];
type Way = 'there' | 'back' | 'both';

const MAX_DELAY_MS = 60_000;

/** `from` and `to` name the link; either direction can be chosen, or both. */
export function LinkFaultForm(props: {
  readonly state: ClusterState;
  readonly from: number;
  readonly to: number;
  readonly disabled: boolean;
}) {
  const { state, from, to, disabled } = props;
  const t = useText();
  const language = useLanguage();
  const { cluster } = useLocation();
  const [kind, setKind] = useState<Kind>('slow');
  const [way, setWay] = useState<Way>('there');
  const [delayMs, setDelayMs] = useState<number | null>(50);
  const [percent, setPercent] = useState<number | null>(5);
  const [busy, setBusy] = useState(false);
  const there = { from, to, fault: state.links[linkKey(from, to)]?.fault ?? null };
  const back = { from: to, to: from, fault: state.links[linkKey(to, from)]?.fault ?? null };
  const faulted = [there, back].filter((direction) => direction.fault !== null);
  const chosen = way === 'there' ? [there] : way === 'back' ? [back] : [there, back];
  const fault = faultOf(kind, delayMs, percent);

  const apply = async (directions: readonly { from: number; to: number }[], next: LinkFault | null) => {
    setBusy(true);
    for (const direction of directions) await setLinkFault(cluster, direction.from, direction.to, next, language);
    setBusy(false);
  };

  return (
    <>
      {faulted.map((direction) => (
        <div key={direction.from} className={styles.faulted}>
          <span>
            {t('link.direction', { from: direction.from, to: direction.to })}: {faultText(t, direction.fault)}
          </span>
          <Button disabled={disabled || busy} onClick={() => void apply([direction], null)}>
            {t('fault.heal')}
          </Button>
        </div>
      ))}
      <form
        className={styles.faultForm}
        onSubmit={(event) => {
          event.preventDefault();
          if (fault !== null) void apply(chosen, fault);
        }}
      >
        <Select
          label={t('fault.way')}
          value={way}
          disabled={disabled}
          options={[
            { value: 'there', label: t('link.direction', { from, to }) },
            { value: 'back', label: t('link.direction', { from: to, to: from }) },
            { value: 'both', label: t('fault.both') },
          ]}
          onChange={setWay}
        />
        <Select
          label={t('fault.kind')}
          value={kind}
          disabled={disabled}
          options={(['slow', 'cut', 'drop'] as const).map((value) => ({ value, label: t(`fault.choose.${value}`) }))}
          onChange={setKind}
        />
        {kind === 'slow' && (
          <NumberField
            label={t('fault.delay')}
            value={delayMs}
            min={1}
            max={MAX_DELAY_MS}
            unit="ms"
            disabled={disabled}
            onChange={setDelayMs}
          />
        )}
        {kind === 'drop' && (
          <NumberField
            label={t('fault.percent')}
            value={percent}
            min={1}
            max={100}
            unit="%"
            disabled={disabled}
            onChange={setPercent}
          />
        )}
        <Button type="submit" disabled={disabled || busy || fault === null}>
          {t(`fault.apply.${kind}`)}
        </Button>
      </form>
      <p className={styles.note}>{t(`fault.explain.${kind}`)}</p>
    </>
  );
}

function faultOf(kind: Kind, delayMs: number | null, percent: number | null): LinkFault | null {
  switch (kind) {
    case 'cut':
      return { kind };
    case 'slow':
      return delayMs === null ? null : { kind, delayMs };
    case 'drop':
      return percent === null ? null : { kind, percent };
  }
}
