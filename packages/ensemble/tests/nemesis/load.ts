/** A mixed load: clients that come and go, each with a session and a few requests under way, on nodes that they share. */
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCode } from '@vivarium/shared/error-code';
import { Random } from '@vivarium/shared/random';
import { pollUntil } from '../harness/poll.ts';
import type { Asked, Operation, WriteOp } from './history.ts';
import { RecordedSession, type Recorder, type ServerPlace } from './recorded-session.ts';

const ROOT = '/n';
const REGISTERS = `${ROOT}/registers`;
const SHARED = `${ROOT}/shared`;
const EPHEMERALS = `${ROOT}/ephemerals`;
const QUEUE = `${ROOT}/queue`;
/** The nodes below which everything happens. */
const FOLDERS: readonly string[] = [ROOT, REGISTERS, SHARED, EPHEMERALS, QUEUE];
const REGISTER_COUNT = 10;
const NAME_COUNT = 12;
const MAX_QUEUE = 40;
const MAX_PENDING = 6;
const CONNECT_LIMIT_MS = 1_500;

export interface LoadOptions {
  readonly places: readonly ServerPlace[];
  readonly clients: number;
  /** Operations a second, of all clients together. */
  readonly rate: number;
  readonly seed: number;
  readonly recorder: Recorder;
  /** Session timeouts in ms that clients ask for. */
  readonly timeoutsMs: readonly number[];
  /** Told of every answer. */
  readonly onAnswer: (operation: Operation) => void;
}

type Request = Exclude<Asked, { op: 'setWatches' | 'ping' }>;

/** How long a server that serves may take to give a session, and then to answer. */
const PATIENCE_MS = 30_000;

/** A session with one server, which may need a few attempts; throws where there is none in time. */
async function sessionWith(recorder: Recorder, place: ServerPlace): Promise<RecordedSession> {
  const session = new RecordedSession(recorder, PATIENCE_MS / 3);
  await pollUntil(async () => ((await session.connect(place, CONNECT_LIMIT_MS)) ? true : undefined), {
    deadlineMs: PATIENCE_MS,
    describe: () => `server ${place.sid} gives no session`,
  });
  return session;
}

/** Asks, and throws where the answer is not a success. */
async function mustDo(session: RecordedSession, place: ServerPlace, asked: Request): Promise<Operation> {
  if (session.state !== 'connected') throw new Error(`server ${place.sid} has dropped its connection`);
  const operation = await session.request(asked);
  if (operation.err !== ErrorCode.OK) throw new Error(`server ${place.sid} answers ${JSON.stringify(operation)}`);
  return operation;
}

/** Makes the nodes that the load needs. Throws where the server does not take them. */
export async function prepareNodes(recorder: Recorder, place: ServerPlace): Promise<void> {
  const session = await sessionWith(recorder, place);
  const paths = [...FOLDERS, ...Array.from({ length: REGISTER_COUNT }, (_, index) => `${REGISTERS}/${index}`)];
  for (const path of paths) {
    await mustDo(session, place, { op: 'create', path, data: '', ephemeral: false, sequential: false });
  }
  await mustDo(session, place, { op: 'close' });
}

/** A write that every log ends with, but for the ends of sessions. Throws where the server does not take it. */
export async function writeLast(recorder: Recorder, place: ServerPlace): Promise<void> {
  const session = await sessionWith(recorder, place);
  await mustDo(session, place, { op: 'set', path: ROOT, data: 'the end', version: -1 });
  await mustDo(session, place, { op: 'close' });
}

/** Reads every node from one server, for the history; throws where it does not answer. */
export async function readAll(recorder: Recorder, place: ServerPlace): Promise<void> {
  const session = await sessionWith(recorder, place);
  await mustDo(session, place, { op: 'sync', path: ROOT });
  for (const folder of FOLDERS) {
    const { got } = await mustDo(session, place, { op: 'children', path: folder, watch: false });
    for (const name of got?.names ?? []) {
      await mustDo(session, place, { op: 'get', path: `${folder}/${name}`, watch: false });
    }
  }
  await mustDo(session, place, { op: 'close' });
}

export class Load {
  private readonly options: LoadOptions;
  private readonly running: Promise<void>[] = [];
  private stopping = false;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  start(): void {
    const { clients, seed } = this.options;
    for (let number = 0; number < clients; number++) {
      this.running.push(this.client(new Random(seed * 1000 + number), number));
    }
  }

  /** Ends all sessions, where a server can be told; rejects where a client has failed. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  private async client(random: Random, number: number): Promise<void> {
    while (!this.stopping) {
      const timeoutMs = random.pick(this.options.timeoutsMs);
      await this.lifetime(random, number, new RecordedSession(this.options.recorder, timeoutMs));
    }
  }

  /** One session from its first connection to its end. */
  private async lifetime(random: Random, number: number, session: RecordedSession): Promise<void> {
    const { clients, rate } = this.options;
    const requests = new RequestSource(random, number);
    const pauseMs = (clients * 1000) / rate;
    let nextMs = this.options.recorder.nowMs();
    const answered = (operation: Operation): void => {
      requests.learn(operation);
      this.options.onAnswer(operation);
    };
    while (!this.stopping) {
      if (session.state === 'ended') return;
      if (session.state !== 'connected') {
        if (!(await session.connect(random.pick(this.options.places), CONNECT_LIMIT_MS))) {
          await delay(random.between(50, 250));
        }
        nextMs = this.options.recorder.nowMs();
        continue;
      }
      nextMs += pauseMs * (0.2 + random.below(1600) / 1000);
      await delay(Math.max(1, nextMs - this.options.recorder.nowMs()));
      if (session.state !== 'connected' || session.pendingCount >= MAX_PENDING) continue;
      const what = random.below(2000);
      if (what < 3) break;
      if (what < 5) {
        session.abandon();
        return;
      }
      // Often: only who comes back can find a server that is behind, or has lost a watch.
      if (what < 25) session.drop();
      else if (what < 45) {
        // A read behind a sync, and a burst whose answers have an order.
        for (const asked of [requests.sync(), requests.next(), requests.next(), requests.next()]) {
          void session.request(asked).then(answered);
        }
      } else void session.request(requests.next()).then(answered);
    }
    if (session.state === 'connected') answered(await session.request({ op: 'close' }));
    else session.abandon();
  }
}

/** What one client asks for next, by what it has learnt. */
class RequestSource {
  private readonly random: Random;
  private readonly client: number;
  private readonly versions = new Map<string, number>();
  private queue: string[] = [];
  private written = 0;

  constructor(random: Random, client: number) {
    this.random = random;
    this.client = client;
  }

  learn({ asked, got, err }: Operation): void {
    if (err !== ErrorCode.OK) {
      if (err === ErrorCode.NONODE && 'path' in asked) this.queue = this.queue.filter((path) => path !== asked.path);
      return;
    }
    if ('path' in asked && got?.stat !== undefined) this.versions.set(got.path ?? asked.path, got.stat.version);
    if (asked.op === 'children' && asked.path === QUEUE)
      this.queue = (got?.names ?? []).map((name) => `${QUEUE}/${name}`);
    if (asked.op === 'create' && asked.sequential && got?.path !== undefined) this.queue.push(got.path);
    if (asked.op === 'delete') this.queue = this.queue.filter((path) => path !== asked.path);
  }

  sync(): Request {
    return { op: 'sync', path: this.register() };
  }

  next(): Request {
    const { random } = this;
    const what = random.below(100);
    if (what < 14) return this.compareAndSet();
    if (what < 24) return { op: 'set', path: this.register(), data: this.value(), version: -1 };
    if (what < 31) return this.create(this.shared(), false);
    if (what < 37) return { op: 'delete', path: this.shared(), version: random.chance(0.3) ? random.below(3) : -1 };
    if (what < 43) return this.create(this.ephemeral(), true);
    if (what < 46) return { op: 'delete', path: this.ephemeral(), version: -1 };
    if (what < 53) return this.enqueueOrDequeue();
    if (what < 58) return this.multi();
    const watch = random.chance(0.4);
    if (what < 75) return { op: 'get', path: this.anyNode(), watch };
    if (what < 88) return { op: 'exists', path: this.anyNode(), watch };
    return { op: 'children', path: random.pick(FOLDERS), watch };
  }

  private compareAndSet(): WriteOp {
    const path = this.register();
    return { op: 'set', path, data: this.value(), version: this.versions.get(path) ?? 0 };
  }

  private multi(): Request {
    const { random } = this;
    const first = this.register();
    const check: WriteOp = { op: 'check', path: first, version: this.versions.get(first) ?? 0 };
    switch (random.below(3)) {
      case 0:
        return { op: 'multi', ops: [check, { op: 'set', path: this.register(), data: this.value(), version: -1 }] };
      case 1:
        return {
          op: 'multi',
          ops: [
            { op: 'set', path: first, data: this.value(), version: -1 },
            this.create(this.shared(), false),
            this.create(this.ephemeral(), true),
          ],
        };
      default:
        return {
          op: 'multi',
          ops: [
            { op: 'delete', path: this.shared(), version: -1 },
            { op: 'set', path: first, data: this.value(), version: check.version },
          ],
        };
    }
  }

  private enqueueOrDequeue(): WriteOp {
    const [first] = this.queue;
    if (first !== undefined && (this.queue.length > MAX_QUEUE || this.random.chance(0.5))) {
      return { op: 'delete', path: first, version: -1 };
    }
    return { ...this.create(`${QUEUE}/item-`, this.random.chance(0.3)), sequential: true };
  }

  private create(path: string, ephemeral: boolean): WriteOp & { op: 'create' } {
    return { op: 'create', path, data: this.value(), ephemeral, sequential: false };
  }

  private anyNode(): string {
    const { random } = this;
    const what = random.below(10);
    if (what < 4) return this.register();
    if (what < 7) return this.shared();
    if (what < 9 || this.queue.length === 0) return this.ephemeral();
    return random.pick(this.queue);
  }

  private register(): string {
    return `${REGISTERS}/${this.random.below(REGISTER_COUNT)}`;
  }

  private shared(): string {
    return `${SHARED}/${this.random.below(NAME_COUNT)}`;
  }

  private ephemeral(): string {
    return `${EPHEMERALS}/${this.random.below(NAME_COUNT)}`;
  }

  private value(): string {
    return `${this.client}.${++this.written}.${'x'.repeat(this.random.below(60))}`;
  }
}
