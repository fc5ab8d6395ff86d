import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { basePath } from './base-path.ts';
import { Frame } from './frame/frame.tsx';
import { formatSearch, parseSearch, type Search } from './location.ts';

/**
 * The router keeps address and history; which page an address means, the frame reads itself (`useLocation`), as one frame
 * surrounds them all.
 */
export function createAppRouter() {
  const root = createRootRoute({ component: Frame });
  const start = createRoute({ getParentRoute: () => root, path: '/' });
  const place = createRoute({ getParentRoute: () => root, path: '$' });
  return createRouter({
    routeTree: root.addChildren([start, place]),
    basepath: basePath() || '/',
    parseSearch: (query) => ({ ...parseSearch(query) }),
    stringifySearch: (search: Search) => formatSearch(search),
  });
}
