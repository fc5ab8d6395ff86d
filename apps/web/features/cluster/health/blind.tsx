import type { FindingCode, HealthReport } from '@vivarium/shared/contract/health';
import type { Way } from '@vivarium/shared/contract/source';
import { useTranslation } from 'react-i18next';
import { listOf } from '../../../app/health-report/finding-text.ts';
import { useLanguage } from '../../../i18n/i18n.ts';
import { useIsAttached } from '../attached.ts';
import { WaysPopover } from '../ways/ways-button.tsx';
import styles from './findings.module.css';

/** What was not looked for, as the way that would show it is closed, and which way that is. */
export function Blind({ report: { blind } }: { readonly report: HealthReport }) {
  const { t } = useTranslation('health');
  const language = useLanguage();
  const isAttached = useIsAttached();
  if (blind.length === 0) return null;
  return (
    <section className={styles.blind} aria-label={t('blind.title')}>
      <h3 className={styles.blindTitle}>{t('blind.title')}</h3>
      <ul>
        {byWays(blind).map(({ ways, codes }) => (
          <li key={ways.join()}>
            {t(isAttached ? 'blind.line' : 'blind.hosted', {
              what: listOf(
                language,
                codes.map((code) => t(`finding.${code}.check`)),
              ),
              ways: listOf(
                language,
                ways.map((way) => t(`wayName.${way}`)),
                'disjunction',
              ),
            })}
          </li>
        ))}
      </ul>
      <WaysPopover>
        <button type="button" className={styles.how}>
          {t('blind.how')}
        </button>
      </WaysPopover>
    </section>
  );
}

/** What the same ways would show, together. */
function byWays(
  blind: HealthReport['blind'],
): readonly { readonly ways: readonly Way[]; readonly codes: readonly FindingCode[] }[] {
  const groups = new Map<string, { readonly ways: readonly Way[]; readonly codes: FindingCode[] }>();
  for (const { code, ways } of blind) {
    const group = groups.get(ways.join()) ?? { ways, codes: [] };
    group.codes.push(code);
    groups.set(ways.join(), group);
  }
  return [...groups.values()];
}
