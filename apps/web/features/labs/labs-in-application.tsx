import { type ReactNode, useMemo } from 'react';
import { basePath } from '../../app/base-path.ts';
import { hrefOf, useGo, useLocation } from '../../app/location.ts';
import { LabSummary } from './header/lab-summary.tsx';
import { type LabPlaces, LabPlacesContext, type LabRoute } from './lab-route.ts';
import { LabsPage } from './labs-page.tsx';

const GOALS = 'goals';

/** The labs as a page of the application. */
export function LabsInApplication() {
  return (
    <InApplication>
      <LabsPage />
    </InApplication>
  );
}

/** What its bar says of the lab that is open; empty at the list of lessons. */
export function LabSummaryInApplication({ narrow }: { readonly narrow: boolean }) {
  return (
    <InApplication>
      <LabSummary narrow={narrow} />
    </InApplication>
  );
}

/** The places of the labs are in the application's address. */
function InApplication({ children }: { readonly children: ReactNode }) {
  const { lab, p, mode } = useLocation();
  const go = useGo();
  const places = useMemo<LabPlaces>(() => {
    const place = ({ scenario, link, goals }: LabRoute) =>
      ({ page: 'labs', lab: scenario, p: link, mode: goals ? GOALS : null }) as const;
    return {
      route: { scenario: lab, link: p, goals: mode === GOALS },
      href: (route) => basePath() + hrefOf(place(route)),
      go: (route) => go(place(route)),
    };
  }, [lab, p, mode, go]);
  return <LabPlacesContext value={places}>{children}</LabPlacesContext>;
}
