import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Who asks: the name that stands in the audit log and in the events that an action causes. */
export interface Viewer {
  readonly actor: string;
}

/** Browsers that are signed in at once; beyond it the one that was seen least recently has to sign in again. */
const MAX_SIGNED_IN = 1_000;
const SECRET_BYTES = 32;

/** A token that nobody guesses, of characters that stand in an address as they are. */
export function randomToken(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Knows the token, and the browsers that have traded it for a cookie. Both last until the process ends. */
export class Authenticator {
  private readonly tokenDigest: Buffer;
  private readonly basePath: string;
  /** Viewers by the digest of their cookie, the least recently seen first. */
  private readonly signedIn = new Map<string, Viewer>();
  private count = 0;

  constructor(token: string, basePath: string) {
    this.tokenDigest = digest(token);
    this.basePath = basePath;
  }

  /** Who sent the headers, by cookie or Bearer token; null for nobody we know. */
  authenticate(headers: IncomingHttpHeaders): Viewer | null {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return this.isToken(bearer) ? { actor: 'token' } : null;
    const { guarded, plain } = this.cookieNames(headers);
    return this.recall(cookieIn(headers, guarded)) ?? this.recall(cookieIn(headers, plain));
  }

  /** Trades the token for the value of a new cookie; null for a wrong one. */
  signIn(token: string): string | null {
    if (!this.isToken(token)) return null;
    const cookie = randomToken();
    this.count++;
    this.signedIn.set(keyOf(cookie), { actor: `browser ${this.count}` });
    for (const oldest of this.signedIn.keys()) {
      if (this.signedIn.size <= MAX_SIGNED_IN) break;
      this.signedIn.delete(oldest);
    }
    return cookie;
  }

  /**
   * Cookies know neither ports nor, with `__Host-`, paths, so that the name has to tell several servers on one host apart.
   * `guarded` is for browsers that take it from this address: no other host and no plain connection can set it then.
   */
  cookieNames({ host = '' }: IncomingHttpHeaders): { readonly guarded: string; readonly plain: string } {
    const port = /:(\d+)$/.exec(host)?.[1] ?? 'default';
    const plain = `vivarium-${port}${this.basePath.replaceAll('/', '.')}`;
    return { guarded: `__Host-${plain}`, plain };
  }

  private isToken(text: string): boolean {
    return timingSafeEqual(digest(text), this.tokenDigest);
  }

  private recall(cookie: string | undefined): Viewer | null {
    if (cookie === undefined) return null;
    const key = keyOf(cookie);
    const viewer = this.signedIn.get(key);
    if (viewer === undefined) return null;
    this.signedIn.delete(key);
    this.signedIn.set(key, viewer);
    return viewer;
  }
}

/** Of one length whatever the text, so that a comparison tells nothing, not even how long the token is. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookieIn({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  const found = cookie.split(/; */).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

function keyOf(cookie: string): string {
  return digest(cookie).toString('base64');
}
