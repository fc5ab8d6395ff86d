/** Where a viewer is in the labs. The application keeps it in its own address, the static build behind a `#`. */
import { createContext, useContext } from 'react';

export interface LabRoute {
  /** Null: the list of lessons. */
  readonly scenario: string | null;
  /** The position, as `encodePosition` writes it; null: the beginning. */
  readonly link: string | null;
  /** Whether the player is out to break something. */
  readonly goals: boolean;
}

export interface LabPlaces {
  readonly route: LabRoute;
  /** The address of a route, for a link. */
  readonly href: (route: LabRoute) => string;
  /** Goes there. Another scenario is a step that the browser's back button undoes; all else takes the place of the last one. */
  readonly go: (route: LabRoute) => void;
}

export const LabPlacesContext = createContext<LabPlaces | null>(null);

/** The way around the labs. */
export function useLabPlaces(): LabPlaces {
  const places = useContext(LabPlacesContext);
  if (places === null) throw new Error('the labs are not mounted in an application');
  return places;
}
