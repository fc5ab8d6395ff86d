/** The HTTP side as a whole: who may come in, what there is below `/api`, and the pages. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  type FastifySchema,
  LogController,
} from 'fastify';
import { apiFailure } from '../api-failure.ts';
import { withoutBasePath } from '../web/base-path.ts';
import { pages } from '../web/pages.ts';
import { attachRoutes } from './attach.ts';
import { replyToClientError } from './client-error.ts';
import { clusterRoutes } from './clusters.ts';
import { controlRoutes } from './control.ts';
import { MAX_BODY_BYTES, replyWithFailure } from './failures.ts';
import { healthRoutes } from './health.ts';
import { mirrorRoutes } from './mirror.ts';
import type { App, AppParts } from './parts.ts';
import { transactionRoutes } from './transactions.ts';
import { compileValidator } from './validation.ts';
import { znodeRoutes } from './znodes.ts';

/** From one address. Far beyond what a person or a busy script does, so that only a runaway one is held up. */
const MAX_REQUESTS = 10_000;
const RATE_WINDOW_MS = 10_000;

/** Makes the server; `listen` is the caller's. */
export async function createApp(parts: AppParts): Promise<App> {
  const app = Fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void replyWithFailure(error, request as FastifyRequest, reply),
    clientErrorHandler: replyToClientError,
    rewriteUrl: ({ url }) => withoutBasePath(url ?? '/', parts.basePath),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(compileValidator);
  // The compiler has checked the answers; a second look at run time would only drop fields in silence.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler<FastifyError>((error, request, reply) => replyWithFailure(error, request, reply));

  await app.register(helmet, securityHeaders);
  await app.register(rateLimit, {
    max: parts.maxRequests ?? MAX_REQUESTS,
    timeWindow: RATE_WINDOW_MS,
    errorResponseBuilder: (_, { ttl }) => apiFailure('tooManyRequests', { seconds: Math.ceil(ttl / 1000) }),
  });
  app.decorateRequest('viewer', null);
  app.addHook('onRequest', async (request) => {
    const { headers } = request;
    if (!parts.origins.hostAllowed(headers)) throw apiFailure('foreignHost', { host: headers.host ?? '' });
    if (!parts.origins.originAllowed(headers)) throw apiFailure('foreignOrigin', { origin: headers.origin ?? '' });
    request.viewer = parts.authenticator.authenticate(headers);
  });
  await app.register(swagger, {
    openapi: openapi(parts.basePath),
    hideUntagged: true,
    transform: describeAnswers,
  });
  await app.register(api, { prefix: '/api', parts });
  await app.register(pages, parts);
  return app;
}

/** Everything below `/api`: JSON only, and only for who is signed in. */
function api(app: FastifyInstance, { parts }: { readonly parts: AppParts }, done: () => void): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (request.viewer === null) throw apiFailure('unauthorised');
  });
  const typed = app.withTypeProvider<TypeBoxTypeProvider>() as App;
  clusterRoutes(typed, parts);
  attachRoutes(typed, parts);
  controlRoutes(typed, parts);
  healthRoutes(typed, parts);
  znodeRoutes(typed, parts);
  mirrorRoutes(typed, parts);
  transactionRoutes(typed, parts);
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  // A route, since a handler for what is not found would come after the one that serves files.
  for (const url of ['/', '/*']) {
    app.all(url, { schema: { hide: true } }, async (request) => {
      throw apiFailure('notFound', { path: request.url.split('?')[0] ?? '' });
    });
  }
  done();
}

const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      // Positions of drawings and of rows in long lists are style attributes, and the editor adds rules of its own.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      connectSrc: ["'self'"],
      workerSrc: ["'self'", 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // TLS belongs to the proxy in front, and so does the promise to use it for ever.
  strictTransportSecurity: false,
  // Both mean something only to addresses that are encrypted or on this machine, and warn in the console of all others.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xFrameOptions: { action: 'deny' as const },
};

/** OpenAPI wants a sentence for every answer. */
function describeAnswers<Route extends { readonly schema: FastifySchema; readonly url: string }>({
  schema,
  url,
}: Route) {
  // The pages have no schemas, and their types do not say so.
  const response: unknown = (schema as FastifySchema | undefined)?.response;
  if (typeof response !== 'object' || response === null) return { schema, url };
  const described = Object.entries(response).map(([status, answer]) => {
    const description = /^2/.test(status) ? 'Done.' : 'Not done: a code, its parameters, and a sentence.';
    return [status, { description, ...answer }];
  });
  return { schema: { ...schema, response: Object.fromEntries(described) }, url };
}

function openapi(basePath: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vivarium',
      version: '1',
      description:
        'Clusters of ZooKeeper servers, what is done to them, and their znodes. Every answer that is no success is ' +
        '`{error: {code, params, message}}`. 64-bit values are hex strings; data are base64.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    components: {
      securitySchemes: {
        token: {
          type: 'http' as const,
          scheme: 'bearer',
          description: 'the token that the server prints at its start',
        },
      },
    },
    security: [{ token: [] }],
    tags: [
      { name: 'clusters', description: 'What there is, and what happened' },
      { name: 'control', description: 'What is done to servers and links' },
      { name: 'znodes', description: 'The tree' },
      { name: 'transactions', description: 'What was committed' },
    ],
  };
}
