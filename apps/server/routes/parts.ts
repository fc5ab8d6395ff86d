/** What every route is given. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { apiFailure } from '../api-failure.ts';
import type { Authenticator, Viewer } from '../auth/authenticator.ts';
import type { OriginPolicy } from '../auth/origin-policy.ts';
import type { AttachedClusters } from '../sources/attached/attached-clusters.ts';
import type { Clusters } from '../sources/clusters.ts';
import type { ZnodeStores } from '../znodes/znode-stores.ts';

/** What requests are answered with. */
export interface AppParts {
  readonly clusters: Clusters;
  readonly attached: Pick<AttachedClusters, 'add' | 'remove' | 'setReadOnly'>;
  readonly stores: ZnodeStores;
  readonly authenticator: Authenticator;
  readonly origins: OriginPolicy;
  /** Empty, or with a slash in front and none behind. */
  readonly basePath: string;
  /** Whether people reach us over TLS, which somebody else ends. */
  readonly overTls: boolean;
  readonly webRoot: string;
  readonly log: FastifyBaseLogger;
  /** That one address may send in 10 s. Default 10,000. */
  readonly maxRequests?: number;
}

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where nobody is signed in, which only the pages that say so are answered to. */
    viewer: Viewer | null;
  }
}

/** Who asks, in a route that only who is signed in gets to. */
export function viewerOf(request: FastifyRequest): Viewer {
  if (request.viewer === null) throw apiFailure('unauthorised');
  return request.viewer;
}
