import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/states.tsx';
import type { LabFailure } from './engine/lab-messages.ts';
import { failureText } from './lab-failure.ts';
import { useLabPlaces } from './lab-route.ts';
import { lab } from './lab-store.ts';

/** Why there is no lab to show, and the ways on. */
export function LabFailureView({ failure }: { readonly failure: LabFailure }) {
  const { t } = useTranslation('labs');
  const { route, go } = useLabPlaces();
  const { scenario, link } = route;
  const { code } = failure;
  const mayHelp = code === 'engine' || code === 'load' || code === 'defect';
  const toBegin = scenario !== null && code !== 'scenario' && !mayHelp;
  return (
    <EmptyState
      title={t('failure.title')}
      icon={<CircleAlert size={22} strokeWidth={1.5} />}
      actions={
        <>
          {mayHelp && (
            <Button variant="primary" onClick={() => void lab.retry()}>
              {t('failure.retry')}
            </Button>
          )}
          {code === 'load' && <Button onClick={() => location.reload()}>{t('failure.reload')}</Button>}
          {code === 'diverges' && (
            <Button variant="primary" onClick={() => void lab.retry(true)}>
              {t('failure.anyway')}
            </Button>
          )}
          {toBegin && (
            <Button
              onClick={() => {
                if (link === null) void lab.open(scenario, null);
                else go({ ...route, link: null });
              }}
            >
              {t('failure.begin')}
            </Button>
          )}
          <Button onClick={() => go({ scenario: null, link: null, goals: false })}>{t('catalog.all')}</Button>
        </>
      }
    >
      <p role="alert">{failureText(t, failure)}</p>
    </EmptyState>
  );
}
