/** What the pictures are of: three servers that a few clients use. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LineProcess } from '@vivarium/ensemble/tests/integration/clients/line-process';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { ServerAction, SetRequest, ZnodeJson } from '@vivarium/shared/contract/rest';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
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
    if ((await clients.nextLine()) !== undefined) {
      await scene.leader();
      return scene;
    }
    await scene.end();
    throw new Error(`the clients ended\n${clients.stderr.text}`);
  }

  async end(): Promise<void> {
    await this.clients.kill();
    await this.vivarium.stop();
  }

  /** Kills the server that leads; returns the event of its death. */
  async killLeader(): Promise<FeedEvent> {
    const { sid } = await this.leader();
    const before = await this.now();
    await this.act(sid, 'kill');
    const events = await this.eventsUntil(before, (event) => isOf(event, 'processChanged') && event.sid === sid);
    const [death] = events.slice(-1);
    if (death === undefined) throw new Error(`server ${sid} did not die`);
    return death;
  }

  /** Starts every server that does not run, and waits until each of them serves. */
  async heal(): Promise<void> {
    for (const { sid, process } of await this.servers()) {
      if (process?.state === 'running') continue;
      await this.leader();
      const before = await this.now();
      await this.act(sid, 'start');
      await this.eventsUntil(
        before,
        (event) => event.sid === sid && isOf(event, 'stateChanged') && event.body.phase === 'BROADCAST',
      );
    }
  }

  /** The data of a znode, as text. */
  async read(path: string): Promise<string> {
    const { data } = (await this.get(`znodes?path=${encodeURIComponent(path)}`)) as ZnodeJson;
    return Buffer.from(data ?? '', 'base64').toString();
  }

  /** Writes data whatever version is there. */
  async write(path: string, text: string): Promise<void> {
    const body: SetRequest = { path, data: Buffer.from(text).toString('base64'), version: -1 };
    await this.vivarium.api('PUT', 'clusters/local/znodes', body);
  }

  /** The number of the newest event. */
  async now(): Promise<number> {
    const { clusters } = (await this.vivarium.api('GET', 'clusters')).body as { clusters: ClusterInfo[] };
    return clusters.find(({ id }) => id === 'local')?.kept.last ?? 0;
  }

  /** The events after a number up to the first one that is as asked for, once it has happened. */
  async eventsUntil(
    after: number,
    isLast: (event: FeedEvent, before: readonly FeedEvent[]) => boolean,
  ): Promise<FeedEvent[]> {
    const found: FeedEvent[] = [];
    for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await delay(POLL_MS)) {
      const at = found.at(-1)?.n ?? after;
      const { events } = (await this.get(`events?after=${at}&limit=${EVENTS_AT_ONCE}`)) as { events: FeedEvent[] };
      for (const event of events) {
        const ends = isLast(event, found);
        found.push(event);
        if (ends) return found;
      }
    }
    throw new Error('what the picture should show did not happen');
  }

  /** The server that leads, once there is one. */
  private async leader(): Promise<ServerView> {
    for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await delay(POLL_MS)) {
      const leader = (await this.servers()).find(leads);
      if (leader !== undefined) return leader;
    }
    throw new Error('no server leads');
  }

  private async servers(): Promise<ServerView[]> {
    return ((await this.get('servers')) as { servers: ServerView[] }).servers;
  }

  /** Does to a server what a button of the page does. */
  private async act(sid: number, action: ServerAction): Promise<void> {
    await this.vivarium.api('POST', `clusters/local/servers/${sid}/${action}`);
  }

  private async get(what: string): Promise<unknown> {
    return (await this.vivarium.api('GET', `clusters/local/${what}`)).body;
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
