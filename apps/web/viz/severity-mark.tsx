import type { Severity } from '@vivarium/shared/contract/health';
import { useTranslation } from 'react-i18next';

/** How serious a finding is, as a mark: shape as well as colour. */
export function SeverityMark({ severity, size = 18 }: { readonly severity: Severity; readonly size?: number }) {
  const { t } = useTranslation('health');
  return (
    <svg width={size} height={size} viewBox="0 0 18 18" role="img" aria-label={t(`severity.${severity}`)}>
      <Shape severity={severity} />
    </svg>
  );
}

function Shape({ severity }: { readonly severity: Severity }) {
  switch (severity) {
    case 'critical':
      return (
        <>
          <rect width={18} height={18} rx={2} fill="var(--sev-critical)" />
          <path d="M5.5 5.5l7 7m0-7l-7 7" stroke="var(--on-critical)" strokeWidth={1.75} />
        </>
      );
    case 'warning':
      return (
        <>
          <path d="M9 1.2 17.3 16.4H.7Z" fill="var(--sev-warning)" stroke="var(--sev-warning-edge)" />
          <path d="M9 6.5v4.7M9 12.6v1.7" stroke="var(--sev-warning-ink)" strokeWidth={1.75} />
        </>
      );
    case 'info':
      return (
        <>
          <circle cx={9} cy={9} r={8} fill="none" stroke="var(--line-3)" strokeWidth={1.25} />
          <path d="M9 4.8v1.8M9 8v5.2" stroke="var(--ink-2)" strokeWidth={1.6} />
        </>
      );
  }
}
