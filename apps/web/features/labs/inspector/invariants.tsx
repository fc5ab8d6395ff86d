import type { Verdict } from '@vivarium/labs/history';
import { Check, Minus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/panel.tsx';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './inspector.module.css';

/** What must be true of every state: whether it is, why, and since when not. */
export function Invariants() {
  const { t } = useTranslation('labs');
  const verdicts = useLab(({ branch, cursor }) => branch.pictureAt(cursor).verdicts);
  return (
    <Panel title={t('invariants.title')} aside={t('invariants.every')}>
      <ul className={styles.invariants}>
        {verdicts.map((verdict) => (
          <InvariantRow key={verdict.invariant} verdict={verdict} />
        ))}
      </ul>
    </Panel>
  );
}

function InvariantRow({ verdict }: { readonly verdict: Verdict }) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const title = useLab(({ protocol }) => protocol.invariants.find(({ id }) => id === verdict.invariant)?.title);
  const cursor = useLab((state) => state.cursor);
  const { holds, reason, brokenAt } = verdict;
  return (
    <li className={holds === false ? styles.isBroken : undefined}>
      <Mark holds={holds} />
      <span>
        {title === undefined ? verdict.invariant : say(title)}
        <small>{say(reason)}</small>
        {brokenAt !== null && (
          <button
            type="button"
            className={styles.since}
            disabled={brokenAt === cursor}
            onClick={() => lab.seek(brokenAt)}
          >
            {t(holds === false ? 'invariants.brokenSince' : 'invariants.wasBroken', { n: brokenAt })}
          </button>
        )}
      </span>
    </li>
  );
}

function Mark({ holds }: { readonly holds: boolean | null }) {
  const { t } = useTranslation('labs');
  const [Icon, name, className] =
    holds === null
      ? ([Minus, 'silent', styles.silent] as const)
      : holds
        ? ([Check, 'kept', styles.kept] as const)
        : ([X, 'broken', styles.broken] as const);
  return <Icon className={className} size={16} strokeWidth={1.75} role="img" aria-label={t(`invariants.${name}`)} />;
}
