import { LabCatalog } from './catalog/lab-catalog.tsx';
import { LabPage } from './lab-page.tsx';
import { useLabPlaces } from './lab-route.ts';

/** The list of lessons, or the lab that the address names. */
export function LabsPage() {
  const { route } = useLabPlaces();
  return route.scenario === null ? <LabCatalog /> : <LabPage />;
}
