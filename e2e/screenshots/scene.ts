/** What the pictures are of: three servers that a few clients use, and the instants worth looking at. */

import { fileURLToPath } from 'node:url';
import { LineProcess } from '@vivarium/ensemble/tests/integration/clients/line-process';
import { encodeBase64 } from '@vivarium/shared/base64';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { Vivarium } from '../harness/vivarium.ts';

const clientsScript = fileURLToPath(new URL('clients.py', import.meta.url));
const POLL_MS = 100;
const DEADLINE_MS = 60_000;
const EVENTS_AT_ONCE = 20_000;

export class Scene {
  readonly vivarium: Vivarium;
  private readonly clients: LineProcess;

  private constructor(vivarium: Vivarium, clients: LineProcess) {
    this.vivarium = vivarium;
    this.clients = clients;
  }

  static async start(): Promise<Scene> {
    const vivarium = await Vivarium.start();
    const clients = new LineProcess(['/usr/bin/python3', clientsScript, vivarium.connectString]);
    const scene = new Scene(vivarium, clients);
    if ((await clients.nextLine()) !== undefined) return scene;
    await scene.end();
    throw new Error(`the clients ended\n${clients.stderr.text}`);
  }

  async end(): Promise<void> {
    await this.clients.kill();
    await this.vivarium.stop();
  }

  async servers(): Promise<ServerView[]> {
    return ((await this.get('servers')) as { servers: ServerView[] }).servers;
  }

  /** The number of the server that leads, once there is one. */
  async leader(): Promise<number> {
    const [leader] = await this.serversUntil(
      (servers) => servers.filter(leads),
      ([first]) => first !== undefined,
    );
    return leader?.sid ?? 0;
  }

  /** Does to a server what a button of the page does. */
  async act(sid: number, action: 'kill' | 'start'): Promise<void> {
    await this.vivarium.api('POST', `clusters/local/servers/${sid}/${action}`);
  }

  /** Until all three serve. */
  async whole(): Promise<void> {
    await this.serversUntil(
      (servers) => servers.filter(({ state, phase }) => state !== 'LOOKING' && phase === 'BROADCAST'),
      ({ length }) => length === 3,
    );
  }

  /** Writes data whatever version is there. */
  async write(path: string, text: string): Promise<void> {
    await this.vivarium.api('PUT', 'clusters/local/znodes', {
      path,
      data: encodeBase64(encodeUtf8(text)),
      version: -1,
    });
  }

  /** The number of the newest event. */
  async now(): Promise<number> {
    const { clusters } = (await this.vivarium.api('GET', 'clusters')).body as {
      clusters: { id: string; kept: { last: number } }[];
    };
    return clusters.find(({ id }) => id === 'local')?.kept.last ?? 0;
  }

  /** The first event after a number that is as asked for, once it has happened. */
  async eventAfter(after: number, is: (event: FeedEvent) => boolean): Promise<FeedEvent> {
    const deadline = Date.now() + DEADLINE_MS;
    for (let at = after; Date.now() < deadline; ) {
      const events = await this.events(at);
      const found = events.find(is);
      if (found !== undefined) return found;
      at = events.at(-1)?.n ?? at;
      if (events.length < EVENTS_AT_ONCE) await pause();
    }
    throw new Error('what the picture should show did not happen');
  }

  /** Kept events after a number, in their order. */
  async events(after: number): Promise<FeedEvent[]> {
    return ((await this.get(`events?after=${after}&limit=${EVENTS_AT_ONCE}`)) as { events: FeedEvent[] }).events;
  }

  private async get(what: string): Promise<unknown> {
    return (await this.vivarium.api('GET', `clusters/local/${what}`)).body;
  }

  private async serversUntil(
    choose: (servers: ServerView[]) => ServerView[],
    enough: (chosen: ServerView[]) => boolean,
  ): Promise<ServerView[]> {
    const deadline = Date.now() + DEADLINE_MS;
    while (Date.now() < deadline) {
      const chosen = choose(await this.servers());
      if (enough(chosen)) return chosen;
      await pause();
    }
    throw new Error('the servers did not come to that');
  }
}

/** Whether an event is of the kind. */
export function isOf<Kind extends ClusterEventBody['kind']>(
  event: FeedEvent,
  kind: Kind,
): event is FeedEvent & { readonly body: { readonly kind: Kind } } {
  return event.body.kind === kind;
}

function leads({ state, phase, process }: ServerView): boolean {
  return state === 'LEADING' && phase === 'BROADCAST' && process?.state === 'running';
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
