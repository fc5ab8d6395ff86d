/** The pages: signing in, and the built files of the web application, which knows its own paths. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import { errorTexts } from '@vivarium/shared/contract/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiFailure, apiFailure } from '../api-failure.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { isLoopbackHost } from '../auth/origin-policy.ts';
import { sendError } from '../routes/failures.ts';
import { notBuiltPage, refusalPage, signInPage } from './notices.ts';

export interface PageParts {
  readonly authenticator: Authenticator;
  readonly basePath: string;
  readonly overTls: boolean;
  readonly webRoot: string;
}

/** Where a build puts files that are named by their content. */
const HASHED_FILES = /^\/assets\//;
const YEAR_S = 365 * 24 * 60 * 60;

/** Serves everything that is not below `/api`. */
export function pages(app: FastifyInstance, parts: PageParts, done: () => void): void {
  const { authenticator, basePath, webRoot } = parts;
  void app.register(fastifyCookie);
  void app.register(fastifyStatic, {
    root: webRoot,
    index: false,
    redirect: false,
    suppressWarning: true,
    cacheControl: false,
    // The build makes them.
    preCompressed: true,
    setHeaders: (reply) => {
      const isHashed = HASHED_FILES.test(reply.request.url);
      reply.header('cache-control', isHashed ? `max-age=${YEAR_S}, immutable` : 'no-cache');
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    const url = new URL(request.url.replace(/^\/+/, '/'), 'http://local');
    const token = url.searchParams.get('token');
    if (token !== null && isReading(request)) {
      const cookie = authenticator.signIn(token);
      if (cookie !== null) setCookie(request, reply, parts, cookie);
      if (cookie !== null || request.viewer !== null) {
        url.searchParams.delete('token');
        reply.header('cache-control', 'no-store');
        return reply.redirect(`${basePath}${url.pathname}${url.search}`, 303);
      }
    }
    if (request.viewer !== null) return undefined;
    if (!wantsPage(request)) throw apiFailure('unauthorised');
    // The cookie is not sent where a link of another site led here; a page of ours that loads itself again gets it.
    const cameByLink = request.headers['sec-fetch-site'] === 'cross-site' && token === null;
    return sendNotice(reply, 401, signInPage(cameByLink));
  });

  app.get('/', (request, reply) => sendIndex(request, reply, parts));

  app.setNotFoundHandler((request, reply) => {
    if (isReading(request) && wantsPage(request) && isPagePath(request.url)) return sendIndex(request, reply, parts);
    return sendError(reply, apiFailure('notFound', { path: pathOf(request.url) }).error);
  });

  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof ApiFailure) || !wantsPage(request)) throw error;
    return sendNotice(reply, errorTexts[error.error.code].status, refusalPage(error.error));
  });
  done();
}

async function sendIndex(_request: FastifyRequest, reply: FastifyReply, parts: PageParts): Promise<FastifyReply> {
  let html: string;
  try {
    html = await readFile(path.join(parts.webRoot, 'index.html'), 'utf8');
  } catch {
    return sendNotice(reply, 503, notBuiltPage());
  }
  const page = html.replace('<!--base-->', `<base href="${parts.basePath}/">`);
  return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
}

function sendNotice(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html);
}

function setCookie(request: FastifyRequest, reply: FastifyReply, parts: PageParts, cookie: string): void {
  const { guarded, plain } = parts.authenticator.cookieNames(request.headers);
  const secure = parts.overTls || takesSecureCookies(request);
  reply.setCookie(secure ? guarded : plain, cookie, { path: '/', httpOnly: true, sameSite: 'strict', secure });
}

/** Browsers take loopback for as good as TLS, except WebKit, which drops a Secure cookie there. */
function takesSecureCookies({ headers }: FastifyRequest): boolean {
  const agent = headers['user-agent'] ?? '';
  const isWebKit = /AppleWebKit/.test(agent) && !/Chrom(?:e|ium)\//.test(agent);
  return isLoopbackHost(headers.host ?? '') && !isWebKit;
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function wantsPage({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '');
}

/** A path of the application, rather than one of a file that is not there. */
function isPagePath(url: string): boolean {
  return !HASHED_FILES.test(url) && !/\.\w+$/.test(pathOf(url).split('/').slice(0, 2).join('/'));
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}
