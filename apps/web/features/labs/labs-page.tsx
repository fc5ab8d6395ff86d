import { CircleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/states.tsx';
import { LabCatalog } from './catalog/lab-catalog.tsx';
import { LabPage } from './lab-page.tsx';
import { useLabPlaces } from './lab-route.ts';

/** The list of lessons, or the lab that the address names. */
export function LabsPage() {
  const { route } = useLabPlaces();
  return <LabBoundary key={route.scenario}>{route.scenario === null ? <LabCatalog /> : <LabPage />}</LabBoundary>;
}

/** A defect of a drawing leaves the bar above standing, and a way on. */
class LabBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation('labs');
  const { go } = useLabPlaces();
  return (
    <EmptyState
      title={t('failure.title')}
      icon={<CircleAlert size={22} strokeWidth={1.5} />}
      actions={
        <>
          <Button variant="primary" onClick={() => location.reload()}>
            {t('failure.reload')}
          </Button>
          <Button onClick={() => go({ scenario: null, link: null, goals: false })}>{t('catalog.all')}</Button>
        </>
      }
    >
      <p role="alert">{t('failure.defect')}</p>
    </EmptyState>
  );
}
