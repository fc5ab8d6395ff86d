import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import marks from './marks.module.css';

const LINES = [
  { key: 'proposal', label: 'PROPOSAL, COMMIT, INFORM', colour: 'var(--role-leader)', dash: undefined },
  { key: 'ack', label: 'ACK', colour: 'var(--role-follower)', dash: '3.5 2.5' },
] as const;

/** What the lines, bars and marks of the space–time diagram mean. */
export function SpaceTimeLegend() {
  const { t } = useTranslation('inspect');
  return (
    <ul className={marks.legend} aria-label={t('tabs.spaceTime')}>
      {LINES.map(({ key, label, colour, dash }) => (
        <Entry key={key} label={label}>
          <path d="M0 5H17" stroke={colour} strokeWidth={1.5} strokeDasharray={dash} />
          <path d="M22 5l-6 -2.6v5.2Z" fill={colour} />
        </Entry>
      ))}
      <Entry label={t('spaceTime.legend.vote')}>
        <path d="M0 5H17" stroke="var(--role-looking)" strokeWidth={1.5} />
        <path d="M22 5l-6 -2.6v5.2Z" fill="var(--role-looking)" />
      </Entry>
      <Entry label={t('spaceTime.legend.write')}>
        <rect x={0} y={1.5} width={22} height={7} fill="var(--heat-3)" />
      </Entry>
      <Entry label={t('spaceTime.legend.commit')}>
        <rect x={6.5} y={0.5} width={9} height={9} fill="var(--state-committed-fill)" />
      </Entry>
      <Entry label={t('spaceTime.legend.lost')}>
        <path d="M7.5 1.5l7 7m0 -7l-7 7" stroke="var(--sev-critical)" strokeWidth={1.5} />
      </Entry>
    </ul>
  );
}

function Entry({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <li>
      <svg className={marks.mark} width={22} height={10} aria-hidden>
        {children}
      </svg>
      {label}
    </li>
  );
}
