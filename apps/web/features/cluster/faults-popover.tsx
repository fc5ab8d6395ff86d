import { type ClusterState, linkKey } from '@vivarium/shared/cluster-state';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { Link2, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from '../../app/location.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { NumberField, Select } from '../../components/field.tsx';
import { Popover } from '../../components/popover.tsx';
import { SegmentedControl } from '../../components/segmented-control.tsx';
import { useLanguage } from '../../i18n/i18n.ts';
import { usePlayer } from '../../live/use-player.ts';
import { addObserver, setLinkFault } from './actions.ts';
import styles from './faults-popover.module.css';
import { faultText } from './stage/link-layer.tsx';

const KINDS = ['cut', 'slow', 'drop'] as const satisfies readonly LinkFault['kind'][];

interface StandingFault {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly fault: LinkFault;
}

/** All disturbed links, by key. */
function standingFaults(links: ClusterState['links']): readonly StandingFault[] {
  return Object.values(links)
    .flatMap(({ from, to, fault }) => (fault === null ? [] : [{ key: linkKey(from, to), from, to, fault }]))
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

/** What all of them do, or `any` where they do different things. */
function kindOf(faults: readonly StandingFault[]): LinkFault['kind'] | 'any' {
  const kinds = new Set(faults.map(({ fault }) => fault.kind));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : 'any';
}

/** The button in the header that counts what is disturbed, and what it opens: a list to heal, a form to disturb more. */
export function FaultsPopover() {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { cluster } = useLocation();
  const { links, servers, capabilities, isLive } = usePlayer((view) => ({
    links: view.state.links,
    servers: view.state.servers,
    capabilities: view.info?.capabilities ?? null,
    isLive: view.mode === 'live',
  }));
  const faults = standingFaults(links);
  const canFault = capabilities?.faults === true;
  const canAdd = capabilities?.addObserver === true;
  if (!canFault && !canAdd && faults.length === 0) return null;
  const heal = (healed: readonly StandingFault[]) => {
    for (const { from, to } of healed) void setLinkFault(cluster, from, to, null, language);
  };
  const sids = Object.keys(servers).map(Number);
  return (
    <Popover
      align="end"
      label={t('faults.title')}
      trigger={
        <Button>
          {t('faults.title')}
          <span className="dim">
            {faults.length === 0 ? t('faults.none') : t(`faults.${kindOf(faults)}`, { count: faults.length })}
          </span>
        </Button>
      }
    >
      <div className={styles.popover}>
        <header className={styles.head}>
          <h2>{t('faults.heading')}</h2>
          {canFault && faults.length > 1 && (
            <Button variant="quiet" disabled={!isLive} onClick={() => heal(faults)}>
              {t('faults.healAll')}
            </Button>
          )}
        </header>
        {faults.length === 0 ? (
          <p className="dim">{t('faults.empty')}</p>
        ) : (
          <ul className={styles.list}>
            {faults.map((faulted) => (
              <li key={faulted.key}>
                <span className="mono">{`${faulted.from} → ${faulted.to}`}</span>
                <span>{faultText(faulted.fault, t)}</span>
                {canFault && (
                  <IconButton
                    label={t('faults.healOne', { from: faulted.from, to: faulted.to })}
                    disabled={!isLive}
                    icon={<Link2 size={14} strokeWidth={1.5} aria-hidden />}
                    onClick={() => heal([faulted])}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        {canFault && isLive && sids.length > 1 && <FaultForm sids={sids} />}
        {canAdd && (
          <footer className={styles.foot}>
            <Button disabled={!isLive} onClick={() => void addObserver(cluster, language)}>
              <Plus size={14} strokeWidth={1.5} aria-hidden />
              {t('faults.addObserver')}
            </Button>
          </footer>
        )}
        {!isLive && <p className="dim">{t('past.note')}</p>}
      </div>
    </Popover>
  );
}

function FaultForm({ sids }: { readonly sids: readonly number[] }) {
  const { t } = useTranslation('cluster');
  const language = useLanguage();
  const { cluster } = useLocation();
  const [from, setFrom] = useState(sids[0] ?? 1);
  const [to, setTo] = useState<'all' | `${number}`>(`${sids[1] ?? 2}`);
  const [isBoth, setBoth] = useState<'one' | 'both'>('both');
  const [kind, setKind] = useState<LinkFault['kind']>('slow');
  const [delayMs, setDelayMs] = useState<number | null>(100);
  const [percent, setPercent] = useState<number | null>(10);
  const fault = faultOf(kind, delayMs, percent);
  const others = sids.filter((sid) => sid !== from);
  const targets = to === 'all' ? others : [Number(to)].filter((sid) => sid !== from);
  const apply = () => {
    if (fault === null) return;
    for (const sid of targets) {
      void setLinkFault(cluster, from, sid, fault, language);
      if (isBoth === 'both') void setLinkFault(cluster, sid, from, fault, language);
    }
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <div className={styles.pair}>
        <Select
          label={t('faults.from')}
          value={`${from}`}
          options={sids.map((sid) => ({ value: `${sid}`, label: t('server', { sid }) }))}
          onChange={(value) => setFrom(Number(value))}
        />
        <Select
          label={t('faults.to')}
          value={to}
          options={[
            ...others.map((sid) => ({ value: `${sid}` as const, label: t('server', { sid }) })),
            { value: 'all' as const, label: t('faults.allOthers') },
          ]}
          onChange={setTo}
        />
      </div>
      <SegmentedControl
        label={t('faults.directions')}
        value={isBoth}
        segments={[
          { value: 'both', label: t('faults.both') },
          { value: 'one', label: t('faults.one') },
        ]}
        onChange={setBoth}
      />
      <SegmentedControl
        label={t('faults.kind')}
        value={kind}
        segments={KINDS.map((value) => ({ value, label: t(`link.${value}`) }))}
        onChange={setKind}
      />
      {kind === 'slow' && (
        <NumberField
          label={t('faults.delay')}
          value={delayMs}
          min={0}
          max={60_000}
          unit={t('faults.ms')}
          onChange={setDelayMs}
        />
      )}
      {kind === 'drop' && (
        <NumberField label={t('faults.percent')} value={percent} min={1} max={100} unit="%" onChange={setPercent} />
      )}
      <Button type="submit" variant="primary" disabled={fault === null || targets.length === 0}>
        {t('faults.apply')}
      </Button>
    </form>
  );
}

function faultOf(kind: LinkFault['kind'], delayMs: number | null, percent: number | null): LinkFault | null {
  if (kind === 'cut') return { kind };
  if (kind === 'slow') return delayMs === null ? null : { kind, delayMs };
  return percent === null ? null : { kind, percent };
}
