/** A whole ensemble on this machine: one process a server, with data in one directory that outlives it. */
import path from 'node:path';
import type { ClusterEvent, ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { machineMs } from '../server/machine-clock.ts';
import { makeDirectories } from '../server/real-disk.ts';
import { DirectoryLock } from './directory-lock.ts';
import { EventMerger } from './event-merger.ts';
import { checkPorts } from './free-ports.ts';
import { type HostedProcess, hasEnded } from './hosted-process.ts';
import { HostedServer, type HostedServerEvents } from './hosted-server.ts';
import { hostingError } from './hosting-error.ts';
import { LinkFaultTable, type StandingFault } from './link-faults.ts';
import { readMembers, writeMembers } from './member-file.ts';
import {
  type HostedMember,
  hasHistory,
  MAX_SID,
  markNew,
  planMember,
  planMembers,
  sessionKeySettings,
  writeServerFiles,
} from './server-files.ts';

export interface EnsembleOptions {
  /** Holds a directory for each server; what is in there is kept. */
  readonly directory: string;
  /** Servers that vote. Without it: as many as the directory has, or 3. */
  readonly participants?: number;
  /** Without it: as many as the directory has, or none. */
  readonly observers?: number;
  /** The first client port; the others follow it. Without it: the ports that the directory has, or from 2181. */
  readonly basePort?: number;
  /** The address that all ports are opened on. */
  readonly host: string;
  /** Further keys of every zoo.cfg. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Whether servers send trace events. */
  readonly trace: boolean;
  /** How long events are held back so that those of all servers come in one order. Without it 40 ms. */
  readonly mergeWindowMs?: number;
}

/** What an ensemble tells whoever hosts it. */
export interface EnsembleEvents {
  /**
   * What happens in the cluster, all servers in one order, held back by `mergeWindowMs` for that: the trace events of the
   * servers, where tracing was asked for, and always those that come from the host, whose `sequence` is -1.
   */
  event(event: ClusterEvent): void;
  /** A server serves clients in another role than before; `mode` null: no longer. */
  mode(sid: number, mode: HostedServer['mode'], epoch: number): void;
  process(sid: number, process: HostedProcess): void;
  log(sid: number, line: string): void;
  linkFault(from: number, to: number, fault: LinkFault | null): void;
  /** `addObserver` has added one. */
  memberAdded(member: HostedMember): void;
}

const DEFAULT_PARTICIPANTS = 3;
const DEFAULT_BASE_PORT = 2181;
/** Servers send what they trace every 10 ms. */
const DEFAULT_MERGE_WINDOW_MS = 40;

export class Ensemble {
  private readonly options: EnsembleOptions;
  private readonly events: EnsembleEvents;
  private readonly directory: string;
  private readonly lock: DirectoryLock;
  private readonly sessionKey: Readonly<Record<string, string>>;
  private readonly merger: EventMerger;
  private readonly faults = new LinkFaultTable();
  private readonly hosted: HostedServer[] = [];
  private turn: Promise<void> = Promise.resolve();
  private closing: Promise<void> | null = null;

  /**
   * Takes the directory and writes the configuration files; starts nothing. Throws `HostingError` where another process
   * has the directory, or where the directory has other servers than were asked for; and what the system throws where the
   * directory cannot be written to.
   */
  constructor(options: EnsembleOptions, events: EnsembleEvents) {
    this.options = options;
    this.events = events;
    this.directory = path.resolve(options.directory);
    this.merger = new EventMerger({
      windowMs: options.mergeWindowMs ?? DEFAULT_MERGE_WINDOW_MS,
      clock: { nowMs: machineMs, after },
      emit: (event) => events.event(event),
    });
    makeDirectories(this.directory);
    this.lock = DirectoryLock.take(this.directory);
    try {
      const { members, added } = decideMembers(this.directory, options);
      const started = members.some(({ sid }) => hasHistory(this.directoryOf(sid)));
      this.sessionKey = sessionKeySettings(this.directory, started);
      // Before the list says that they were: later an empty directory is a wiped one.
      for (const { sid } of added) markNew(this.directoryOf(sid));
      writeMembers(this.directory, members);
      for (const member of members) this.host(member, members);
    } catch (error) {
      this.lock.release();
      throw error;
    }
    for (const { member } of this.hosted) this.tellMember(member);
  }

  /** In the order of their sids. */
  get servers(): readonly HostedServer[] {
    return this.hosted;
  }

  /** All client ports, as clients take them. */
  get connectString(): string {
    return this.hosted.map(({ member }) => `${member.host}:${member.clientPort}`).join(',');
  }

  /** The server with the number. Throws `unknownServer`. */
  server(sid: number): HostedServer {
    const found = this.hosted.find(({ member }) => member.sid === sid);
    if (found === undefined) throw hostingError('unknownServer', { sid });
    return found;
  }

  /** Starts every server that does not run. Rejects with `portInUse`, and then starts none. */
  start(by: string | null = null): Promise<void> {
    return this.inTurn(async () => {
      const idle = this.hosted.filter(({ process }) => hasEnded(process));
      await checkPorts(idle.map(({ member }) => member));
      this.requireOpen();
      await Promise.all(idle.map((server) => (hasEnded(server.process) ? server.start(by) : undefined)));
    });
  }

  /** Ends every server in order and waits until all have ended. */
  async stop(by: string | null = null): Promise<void> {
    await Promise.all(this.hosted.map((server) => server.shutDown(by)));
  }

  /** Stops for good, and gives the directory to whoever hosts it next. Every call settles when that is done. */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await this.stop();
    this.merger.flush();
    this.lock.release();
  }

  /** These throw `unknownServer`, and what the methods of `HostedServer` throw. */
  async startServer(sid: number, by: string | null = null): Promise<void> {
    this.requireOpen();
    await this.server(sid).start(by);
  }

  async stopServer(sid: number, by: string | null = null): Promise<void> {
    await this.server(sid).stop(by);
  }

  async kill(sid: number, by: string | null = null): Promise<void> {
    await this.server(sid).kill(by);
  }

  async restart(sid: number, by: string | null = null): Promise<void> {
    this.requireOpen();
    await this.server(sid).restart(by);
  }

  pause(sid: number, by: string | null = null): void {
    this.server(sid).pause(by);
  }

  resume(sid: number, by: string | null = null): void {
    this.server(sid).resume(by);
  }

  /** Every standing fault. */
  get linkFaults(): readonly StandingFault[] {
    return this.faults.list();
  }

  /**
   * Disturbs what one server sends to another, in place of the fault that stands; null heals it. It stands through restarts
   * of the servers. Throws `unknownServer`, `sameServer`, `invalidFault`.
   */
  setLinkFault(from: number, to: number, fault: LinkFault | null, by: string | null = null): void {
    const sender = this.server(from);
    this.server(to);
    if (!this.faults.set(from, to, fault)) return;
    sender.setLinkFault(to, fault);
    this.events.linkFault(from, to, fault);
    this.tell(from, { kind: 'linkFaulted', to, fault, by });
  }

  /** Cuts both directions between the server and all others. Throws `unknownServer`. */
  isolate(sid: number, by: string | null = null): void {
    this.server(sid);
    for (const { member } of this.hosted) {
      if (member.sid === sid) continue;
      this.setLinkFault(sid, member.sid, { kind: 'cut' }, by);
      this.setLinkFault(member.sid, sid, { kind: 'cut' }, by);
    }
  }

  /** Heals every link. */
  heal(by: string | null = null): void {
    for (const { from, to } of this.faults.list()) this.setLinkFault(from, to, null, by);
  }

  /**
   * Adds an observer with the next number, for good, and starts it. The others need no restart for it: they are told to let
   * it join, and their files list it from now on. Rejects with `standalone`,
   * `tooManyServers`, `portInUse`.
   */
  addObserver(by: string | null = null): Promise<HostedServer> {
    return this.inTurn(() => this.addOne(by));
  }

  private async addOne(by: string | null): Promise<HostedServer> {
    const members = this.hosted.map(({ member }) => member);
    const [first, second] = members;
    if (first === undefined || second === undefined) throw hostingError('standalone', { sid: 1 });
    const sid = members.length + 1;
    if (sid > MAX_SID) throw hostingError('tooManyServers', { limit: MAX_SID });
    const member = planMember(sid, 'observer', this.options.host, first.clientPort);
    await checkPorts([member]);
    this.requireOpen();
    const all = [...members, member];
    for (const other of members) this.writeFiles(other, all);
    markNew(this.directoryOf(sid));
    const server = this.host(member, all);
    writeMembers(this.directory, all);
    for (const other of this.hosted) other.admitObserver(sid);
    this.tellMember(member);
    this.events.memberAdded(member);
    await server.start(by);
    return server;
  }

  private host(member: HostedMember, members: readonly HostedMember[]): HostedServer {
    const zooCfgPath = this.writeFiles(member, members);
    const events: HostedServerEvents = {
      batch: (batch) => this.merger.push(member.sid, batch),
      mode: (sid, mode, epoch) => this.events.mode(sid, mode, epoch),
      log: (sid, line) => this.events.log(sid, line),
      process: (sid, changed) => this.processChanged(sid, changed),
    };
    const server = new HostedServer({ member, zooCfgPath, trace: this.options.trace }, events);
    this.hosted.push(server);
    return server;
  }

  private writeFiles(member: HostedMember, members: readonly HostedMember[]): string {
    const settings = { ...this.sessionKey, ...this.options.settings };
    return writeServerFiles(this.directoryOf(member.sid), member, members, settings);
  }

  private directoryOf(sid: number): string {
    return serverDirectory(this.directory, sid);
  }

  private processChanged(sid: number, changed: HostedProcess): void {
    this.events.process(sid, changed);
    const ended = hasEnded(changed) ? changed.exit : null;
    this.tell(sid, {
      kind: 'processChanged',
      // Who is told of a kill sees its effects before the system reports it.
      process: changed.state === 'killing' ? 'killed' : changed.state,
      pid: changed.pid,
      by: changed.by,
      exit: ended === null ? null : { code: ended.code, signal: ended.signal },
      lastLines: changed.state === 'died' ? changed.exit.lastLines : [],
    });
  }

  private tellMember(member: HostedMember): void {
    const { sid, ...rest } = member;
    this.tell(sid, { kind: 'memberAdded', ...rest });
  }

  private tell(sid: number, body: ClusterEventBody): void {
    this.merger.push('host', [{ sid, sequence: -1, atMs: machineMs(), wallMs: Date.now(), body }]);
  }

  /** One after the other: each looks whether ports are free by taking them for a moment. */
  private async inTurn<T>(action: () => Promise<T>): Promise<T> {
    const before = this.turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.turn = promise;
    await before;
    try {
      this.requireOpen();
      return await action();
    } finally {
      resolve();
    }
  }

  private requireOpen(): void {
    if (this.closing !== null) throw hostingError('closed', { directory: this.directory });
  }
}

function serverDirectory(directory: string, sid: number): string {
  return path.join(directory, `server-${sid}`);
}

/** The members that the directory has, or those that are asked for where it has none; and which of them are new. */
function decideMembers(
  directory: string,
  options: EnsembleOptions,
): { members: HostedMember[]; added: readonly HostedMember[] } {
  const list = readMembers(directory);
  const { participants, observers, basePort, host } = options;
  if (list === null) {
    const first = basePort ?? DEFAULT_BASE_PORT;
    const members = planMembers(participants ?? DEFAULT_PARTICIPANTS, observers ?? 0, host, first);
    return { members, added: members };
  }
  const kept = list.members;
  const keptObservers = kept.filter(({ role }) => role === 'observer').length;
  const keptParticipants = kept.length - keptObservers;
  const askedParticipants = participants ?? keptParticipants;
  const askedObservers = observers ?? keptObservers;
  if (askedParticipants !== keptParticipants || askedObservers !== keptObservers) {
    throw hostingError('membersDiffer', {
      directory,
      askedParticipants,
      askedObservers,
      participants: keptParticipants,
      observers: keptObservers,
    });
  }
  const first = basePort ?? kept[0]?.clientPort ?? DEFAULT_BASE_PORT;
  const members = kept.map(({ sid, role }) => planMember(sid, role, host, first));
  // Nothing told then that a member was new: who has no history has not been started yet.
  const added = list.marked ? [] : members.filter(({ sid }) => !hasHistory(serverDirectory(directory, sid)));
  return { members, added };
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
