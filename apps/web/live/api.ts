/** The REST interface, below the base path that the page was served from. */
import type { ApiError } from '@vivarium/shared/contract/errors';

/** What a query may carry; undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request that the server refused, or that never reached it (`status` 0). */
export class ApiFailure extends Error {
  readonly error: ApiError;
  readonly status: number;

  constructor(error: ApiError, status: number) {
    super(error.message);
    this.name = 'ApiFailure';
    this.error = error;
    this.status = status;
  }
}

/** A name that this tab keeps while it is open: its ephemerals belong to it. */
export const viewerName: string = keepViewerName();

/** Requests of the REST interface; each throws `ApiFailure`, or `DOMException` where the signal aborts it. */
export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    request<T>('GET', path, query, undefined, signal),
  post: <T>(path: string, body?: unknown, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    request<T>('POST', path, query, body, signal),
  put: <T>(path: string, body?: unknown, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    request<T>('PUT', path, query, body, signal),
  delete: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    request<T>('DELETE', path, query, undefined, signal),
};

/** The address of a path below the base path, such as `api/clusters`. */
export function addressOf(path: string): URL {
  return new URL(path.replace(/^\//, ''), document.baseURI);
}

async function request<T>(
  method: string,
  path: string,
  query: Query,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<T> {
  const url = addressOf(path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: 'application/json', 'x-vivarium-viewer': viewerName };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await send(url, {
    method,
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? null : parse(text, response);
  if (response.ok) return answer as T;
  const { error } = (answer ?? {}) as { error?: ApiError };
  throw new ApiFailure(error ?? unreadable(response), response.status);
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiFailure({ code: 'noService', params: { reason }, message: reason }, 0);
  }
}

function parse(text: string, response: Response): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure(unreadable(response), response.status);
  }
}

/** Something between the browser and the server has answered in its place. */
function unreadable(response: Response): ApiError {
  const reason = `HTTP ${response.status}`;
  return { code: 'noService', params: { reason }, message: reason };
}

function keepViewerName(): string {
  const kept = sessionStorage.getItem('vivarium.viewer');
  if (kept !== null) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  sessionStorage.setItem('vivarium.viewer', name);
  return name;
}
