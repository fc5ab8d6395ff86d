import type { ComponentProps, MouseEvent } from 'react';
import { basePath } from '../base-path.ts';
import { lastCluster } from '../last-cluster.ts';
import { changePlace, hrefOf, type PlaceChange, useGo, useLocation } from '../location.ts';

/** A link to a place of the application: a click goes there without loading the page again. */
export function PlaceLink({ to, onClick, ...rest }: Omit<ComponentProps<'a'>, 'href'> & { readonly to: PlaceChange }) {
  const place = useLocation();
  const go = useGo();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || elsewhere) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={basePath() + hrefOf(changePlace(place, to, lastCluster()))} onClick={follow} />;
}
