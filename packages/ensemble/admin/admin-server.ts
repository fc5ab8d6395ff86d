/**
 * The admin server: commands over HTTP (Java `JettyAdminServer`). Whoever reaches its port may ask for everything but a
 * snapshot, which takes ALL on the root (CVE-2025-58457). Who somebody is, only the socket and the proof say: no header that a
 * proxy might have written counts (CVE-2024-51504).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { remoteHost } from '../net/address.ts';
import { COMMAND_NAMES, RESTORE_NAMES, runCommand, SNAPSHOT_NAMES } from './commands.ts';
import { HttpListener } from './http-listener.ts';
import { type JsonObject, jsonText } from './json.ts';
import { NOT_SERVING, type ServerFacts } from './server-facts.ts';

export interface AdminServerOptions {
  /** Null for every address. */
  readonly host: string | null;
  readonly port: number;
  /** The key and its place: `zoo.cfg: admin.serverPort`. */
  readonly setting: string;
  /** The path in front of the commands. */
  readonly commandUrl: string;
  readonly idleTimeoutMs: number;
  readonly snapshotEnabled: boolean;
  readonly snapshotIntervalMs: number;
}

/** A snapshot on the disk. */
export interface TakenSnapshot {
  readonly zxid: bigint;
  readonly bytes: number;
  open(): Readable;
}

/** What the admin server may ask of the server beside its facts. */
export interface AdminActions {
  /**
   * Whether who sends this `Authorization` from this address has every permission on the root: `unknown` where it proves
   * nobody.
   */
  authorise(authorization: string, host: string): 'allowed' | 'refused' | 'unknown';
  /** Rejects where none can be taken now. */
  takeSnapshot(): Promise<TakenSnapshot>;
  warn(message: string): void;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

const ALLOWED = 'GET, HEAD, POST, OPTIONS';

export class AdminServer {
  private readonly options: AdminServerOptions;
  private readonly facts: ServerFacts;
  private readonly actions: AdminActions;
  private readonly listener: HttpListener;
  private lastSnapshotMs = Number.NEGATIVE_INFINITY;

  constructor(options: AdminServerOptions, facts: ServerFacts, actions: AdminActions) {
    this.options = options;
    this.facts = facts;
    this.actions = actions;
    this.listener = new HttpListener({ ...options, name: 'the admin server' }, (request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        this.actions.warn(`the admin server: ${error instanceof Error ? error.message : String(error)}`);
        response.destroy();
      });
    });
  }

  /** Rejects with `ListenError`. */
  listen(): Promise<void> {
    return this.listener.listen((message) => this.actions.warn(message));
  }

  get port(): number {
    return this.listener.port;
  }

  close(): void {
    this.listener.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    const { method = '' } = request;
    const name = this.commandIn(request.url ?? '');
    if (name === null) {
      send(response, 404, 'text/plain', 'There is nothing here.\n');
      return;
    }
    if (method === 'OPTIONS') {
      response.writeHead(200, { Allow: ALLOWED, 'Content-Length': '0' }).end();
      return;
    }
    // TRACE above all, which would give back what a page must not see (security list, 22).
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      response.writeHead(405, { Allow: ALLOWED, 'Content-Length': '0' }).end();
      return;
    }
    if (name === '') {
      send(response, 200, 'text/html', this.links());
      return;
    }
    if (SNAPSHOT_NAMES.includes(name)) {
      await this.answerSnapshot(name, request, response);
      return;
    }
    if (RESTORE_NAMES.includes(name)) {
      reply(response, this.refuseRestore(name, request));
      return;
    }
    // Commands that only tell take no POST (Java `GetCommand.runPost`).
    if (method === 'POST') {
      response.writeHead(405, { Allow: 'GET, HEAD, OPTIONS', 'Content-Length': '0' }).end();
      return;
    }
    reply(response, { status: 200, body: runCommand(name, this.facts, parametersIn(request.url ?? '')) });
  }

  /** The name of the command that is asked for; empty for the list of all; null for no command. */
  private commandIn(url: string): string | null {
    // Through a proxy the whole address may come (RFC 9112, 3.2.2).
    const [path = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
    const { commandUrl } = this.options;
    if (path !== commandUrl && !path.startsWith(`${commandUrl}/`)) return null;
    try {
      return decodeURIComponent(path.slice(commandUrl.length + 1));
    } catch {
      return null;
    }
  }

  private links(): string {
    const { commandUrl } = this.options;
    return COMMAND_NAMES.map((name) => `<a href="${commandUrl}/${name}">${name}</a>\n<br/>\n`).join('');
  }

  /** Null where who asks has every permission on the root. */
  private unauthorised(name: string, request: IncomingMessage): Answer | null {
    const refuse = (status: number, error: string): Answer => ({ status, body: { command: name, error } });
    if (this.facts.status().mode === null) return refuse(200, NOT_SERVING);
    const { authorization } = request.headers;
    if (authorization === undefined) return refuse(401, 'Auth info is missing for the command');
    switch (this.actions.authorise(authorization, remoteHost(request.socket))) {
      case 'unknown':
        return refuse(401, 'Not authenticated');
      case 'refused':
        return refuse(403, 'Not authorized');
      case 'allowed':
        return null;
    }
  }

  /** Nothing can be put back under a running server: other than Apache's, which forgets acknowledged writes so. */
  private refuseRestore(name: string, request: IncomingMessage): Answer {
    const error = 'restore is not served: stop the servers, put the snapshot into an empty dataDir, and start them';
    return this.unauthorised(name, request) ?? { status: 503, body: { command: 'restore', error } };
  }

  private async answerSnapshot(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = this.unauthorised(name, request) ?? this.snapshotRefusal(request.method ?? '');
    if (refused !== null) {
      reply(response, refused);
      return;
    }
    this.lastSnapshotMs = performance.now();
    let snapshot: TakenSnapshot;
    try {
      snapshot = await this.actions.takeSnapshot();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.actions.warn(`no snapshot for the admin server: ${reason}`);
      reply(response, { status: 500, body: { command: 'snapshot', error: reason } });
      return;
    }
    const headers = { last_zxid: `0x${snapshot.zxid.toString(16)}`, snapshot_size: String(snapshot.bytes) };
    const streaming = parametersIn(request.url ?? '').get('streaming') ?? 'true';
    if (streaming.toLowerCase() !== 'true') {
      reply(response, { status: 200, body: { command: 'snapshot', error: null }, headers });
      return;
    }
    // Who has gone meanwhile would leave the file open for good.
    if (response.destroyed) return;
    const length = String(snapshot.bytes);
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length, ...headers });
    pipeline(snapshot.open(), response, () => {});
  }

  private snapshotRefusal(method: string): Answer | null {
    const refuse = (status: number, error: string): Answer => ({ status, body: { command: 'snapshot', error } });
    const { snapshotEnabled, snapshotIntervalMs } = this.options;
    if (method !== 'GET') return refuse(405, 'snapshot is asked for by GET');
    if (!snapshotEnabled) return refuse(503, 'admin.snapshot.enabled is false');
    const waitMs = this.lastSnapshotMs + snapshotIntervalMs - performance.now();
    if (waitMs <= 0) return null;
    const seconds = Math.ceil(waitMs / 1000);
    return { ...refuse(429, `the next snapshot is in ${seconds} s`), headers: { 'Retry-After': String(seconds) } };
  }
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  send(response, status, 'application/json', jsonText(body), headers);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': length, ...headers }).end(text);
}

/** Of a parameter that comes twice the first counts. */
function parametersIn(url: string): ReadonlyMap<string, string> {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return url.includes('?') ? new Map([...query].reverse()) : new Map();
}
