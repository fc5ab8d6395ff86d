/** One server as a process: it comes up from a zoo.cfg, runs until a signal or a fault, and says why it ends. */
import { answerFourLetterWord } from '../admin/four-letter-words.ts';
import type { ServerFacts } from '../admin/server-facts.ts';
import type { HeldSnapshot } from '../core/database.ts';
import type { Member } from '../core/io.ts';
import { type Endpoint, parseServerSpec } from '../core/membership/server-spec.ts';
import { Server } from '../core/server.ts';
import { ClientPort, type ClientPortEvents } from '../net/client-port.ts';
import { ElectionPort } from '../net/election-port.ts';
import { LinkFaults } from '../net/link-faults.ts';
import { ListenError } from '../net/listening.ts';
import { type PeerTransport, plainTransport } from '../net/peer-transport.ts';
import { QuorumPort } from '../net/quorum-port.ts';
import { tlsTransport } from '../net/tls-transport.ts';
import type { Storage } from '../storage/storage.ts';
import { type AdminParts, type Closable, openAdminPorts } from './admin-ports.ts';
import { startAutoPurge } from './auto-purge.ts';
import { clientAddresses, clientPortOptions } from './client-ports.ts';
import { configurationStep } from './configuration-files.ts';
import { coreConfig, type SwitchableServerConfig } from './core-config.ts';
import { Driver } from './driver.ts';
import type { HostMessage, ServerMessage } from './host-messages.ts';
import { type LoadedConfig, loadConfig, StartError } from './load-config.ts';
import { loadTls } from './load-tls.ts';
import { openStorage } from './open-storage.ts';
import { openPeerPorts, ownMember } from './peer-ports.ts';
import { processLog } from './process-log.ts';
import { DiskTimes } from './process-metrics.ts';
import { serverFacts } from './server-facts.ts';
import { watchMigration } from './session-key.ts';
import { sessionPasswords } from './session-passwords.ts';
import { TraceChannel } from './trace-channel.ts';

/** A disk that does not answer must not keep a process that was told to end. */
const SHUTDOWN_LIMIT_MS = 10_000;
/** A parent that takes nothing must not either. */
const TRACE_LIMIT_MS = 1_000;

/** Starts the server; settles when it listens and its state machine runs. The process ends with code 1 where it cannot. */
export async function runServer(zooCfgPath: string): Promise<void> {
  try {
    await new ServerProcess(loadConfig(zooCfgPath)).start();
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ListenError)) throw error;
    const lines = error instanceof StartError ? error.lines : [error.message];
    for (const line of lines) processLog.lastWords(line);
    process.exit(1);
  }
}

class ServerProcess {
  private readonly loaded: LoadedConfig;
  private readonly coreConfig: SwitchableServerConfig;
  private readonly trace: TraceChannel | null;
  private readonly storage: Storage;
  private readonly core: Server;
  private readonly clientPort: ClientPort;
  private readonly facts: ServerFacts;
  private readonly times = new DiskTimes();
  private adminPorts: readonly Closable[] = [];
  /** Of both ports for peers. */
  private readonly transport: PeerTransport;
  /** Whose certificates may dial this server, wherever they dial from. */
  private peerHosts: readonly string[] = [];
  private readonly electionPort: ElectionPort | null;
  private readonly quorumPort: QuorumPort | null;
  private readonly driver: Driver;
  private readonly faults = new LinkFaults(process.env.VIVARIUM_LINK_FAULTS);
  /** The mode that the log tells of. */
  private mode = '';
  /** Of what epoch this server leads, or that it is alone; null while it is neither. */
  private primaryTerm: string | null = null;
  /** The key file of a migration of session passwords that ends by itself. */
  private readonly migratingFile: string | null;
  private ending = false;

  constructor(loaded: LoadedConfig) {
    this.loaded = loaded;
    processLog.ofServer(loaded.sid);
    for (const warning of loaded.warnings) processLog.warn(warning);
    const { config } = loaded;
    if (!config.forceSync) processLog.warn(`${config.file}: forceSync: no; a power cut can lose acknowledged writes`);
    this.transport = this.makeTransport();
    const open = openPeerPorts(loaded);
    const { quorumTls } = config;
    if (open.length > 0 && (quorumTls === null || quorumTls.takesPlainText)) {
      const risk = 'whoever reaches them can read all data and disturb elections';
      processLog.warn(
        `${config.file}: ${open.join(' and ')} are open without TLS: ${risk}; set sslQuorum=true, and no portUnification`,
      );
    }
    const { storage, recovered } = openStorage(config, this.times, {
      configurationStep: (write) => configurationStep(loaded.zooCfgPath, loaded.sid, write),
      onPersisted: (writeId) => this.driver.submit({ kind: 'persisted', writeId }),
      onFault: (fault) => this.die(`the disk failed, and the server stops rather than lose a write: ${fault.message}`),
      onWarning: processLog.warn,
    });
    this.storage = storage;
    const passwords = sessionPasswords(config, recovered.database.sessions.size > 0);
    for (const warning of passwords.warnings) processLog.warn(warning);
    this.migratingFile = passwords.migratingFile;
    const hasParent = process.send !== undefined;
    this.coreConfig = coreConfig(loaded, passwords.rule, hasParent && process.env.VIVARIUM_TRACE === '1');
    this.trace = hasParent ? new TraceChannel(this.coreConfig.sid, sendToParent) : null;
    this.core = new Server(this.coreConfig, recovered);
    this.clientPort = this.makeClientPort();
    this.facts = serverFacts(loaded, this.core, this.clientPort, this.times);
    this.electionPort = this.makeElectionPort();
    this.quorumPort = this.makeQuorumPort();
    const { core, clientPort, electionPort, quorumPort } = this;
    this.driver = new Driver(
      { core, storage, clientPort, electionPort, quorumPort },
      {
        log: (level, message) => processLog[level](message),
        trace: (body) => this.trace?.push(body),
        members: (members) => this.setPeers(members),
        fatal: (reason) => this.die(reason),
        snapshotWritten: (ms) => this.times.summaries.snapshottime.add(ms),
        settled: () => this.reportMode(),
      },
    );
  }

  /** Rejects with `ListenError`. */
  async start(): Promise<void> {
    // Before the ports open, so that a signal finds a handler however early it comes.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.end(signal));
    await this.electionPort?.listen();
    await this.quorumPort?.listen();
    await this.clientPort.listen();
    this.adminPorts = await openAdminPorts(this.adminParts());
    if (process.send !== undefined) this.followParent();
    const { sid, config } = this.loaded;
    const who = sid === null ? 'standalone server' : `server ${sid} of ${config.members.length}`;
    processLog.info(`${who}, process ${process.pid}, listens for clients on ${clientAddresses(this.loaded)}`);
    sendToParent({ kind: 'listening' }, () => {});
    this.driver.start();
    startAutoPurge(this.storage, config);
    this.awaitMigration();
  }

  /** Once no session is left whose password is Apache's, only those by the key are taken. */
  private awaitMigration(): void {
    const { core, coreConfig: live, migratingFile } = this;
    const { maxSessionTimeoutMs, tickTimeMs, sessionPasswords: rule } = live;
    if (migratingFile === null || rule.issue !== 'migrating') return;
    processLog.info(`sessions go over to passwords by the key in ${migratingFile}; Apache's are taken until all have`);
    const primary = {
      term: () => this.primaryTerm,
      longestTimeoutMs: () => {
        let longestMs = maxSessionTimeoutMs;
        // Sessions from before a change of the limit, of which there may be more than a call takes arguments.
        for (const timeoutMs of core.database.sessions.values()) longestMs = Math.max(longestMs, timeoutMs);
        // A tick for the bucket, and one for its close to be done.
        return longestMs + 2 * tickTimeMs;
      },
    };
    watchMigration(migratingFile, primary, () => {
      live.sessionPasswords = { issue: 'keyed', key: rule.key };
      processLog.info("all sessions have passwords by the key: Apache's are no longer taken");
    });
  }

  private adminParts(): AdminParts {
    const { loaded, coreConfig: live, core, facts } = this;
    const takeSnapshot = (finished: (written: boolean) => void): HeldSnapshot => {
      const snapshot = core.database.snapshot();
      this.driver.takeSnapshot(snapshot, finished);
      return snapshot;
    };
    return { loaded, coreConfig: live, core, facts, takeSnapshot };
  }

  private followParent(): void {
    process.on('message', (message: HostMessage) => this.receive(message));
    // Whoever started a server with such a channel wants it for as long as it lives itself.
    process.on('disconnect', () => this.end('the end of its parent'));
    if (!process.connected) this.end('the end of its parent');
  }

  private receive(message: HostMessage): void {
    switch (message.kind) {
      case 'trace':
        this.coreConfig.trace = message.on;
        if (message.on) this.traceState();
        return;
      case 'observerAdded': {
        const { unlistedObservers } = this.coreConfig;
        if (unlistedObservers !== 'all') this.coreConfig.unlistedObservers = [...unlistedObservers, message.sid];
        return;
      }
      case 'linkFault':
        this.faults.set(BigInt(message.to), message.fault);
    }
  }

  /** Where tracing begins in the middle, the state comes first. */
  private traceState(): void {
    const { core } = this;
    const { peerState: state, phase, epoch } = core;
    this.trace?.push({ kind: 'stateChanged', state, phase, epoch, leader: core.status().leaderSid });
  }

  private makeClientPort(): ClientPort {
    const events: ClientPortEvents = {
      connected: (client, address, certificateSubject) =>
        this.driver.submit({ kind: 'clientConnected', client, address, certificateSubject }),
      frame: (id, frame) => this.driver.submit({ kind: 'clientFrame', client: id, frame }),
      closed: (id) => this.driver.submit({ kind: 'clientClosed', client: id }),
      fourLetterWord: (word) => answerFourLetterWord(word, this.facts, this.loaded.config.fourLetterWords),
      flushWanted: () => this.driver.scheduleFlush(),
      warn: processLog.warn,
    };
    return new ClientPort(clientPortOptions(this.loaded, processLog.warn), events);
  }

  private makeTransport(): PeerTransport {
    const { config } = this.loaded;
    const { quorumTls } = config;
    if (quorumTls === null || this.own === null) return plainTransport;
    const loaded = loadTls(quorumTls);
    for (const warning of loaded.warnings) processLog.warn(warning);
    this.peerHosts = config.members.map((member) => member.quorum.host);
    return tlsTransport({ ...quorumTls, ...loaded, peerHosts: () => this.peerHosts }, plainTransport);
  }

  private makeElectionPort(): ElectionPort | null {
    const own = this.own;
    if (own === null) return null;
    const { config } = this.loaded;
    return new ElectionPort(
      {
        sid: own.sid,
        host: config.quorumListenOnAllIps ? null : own.election.host,
        port: own.election.port,
        setting: `${own.setting.file}:${own.setting.line}: server.${own.sid}`,
        address: own.election,
        peers: this.peers((member) => member.election),
        connectTimeoutMs: config.electionConnectTimeoutMs,
        handshakeTimeoutMs: config.electionHandshakeTimeoutMs ?? config.tickTimeMs * config.syncLimit,
        bindAttempts: config.electionPortBindRetry || Number.POSITIVE_INFINITY,
        faults: this.faults,
        transport: this.transport,
      },
      {
        notification: (from, notification) => this.driver.submit({ kind: 'notification', from, notification }),
        info: processLog.info,
        warn: processLog.warn,
      },
    );
  }

  private makeQuorumPort(): QuorumPort | null {
    const own = this.own;
    if (own === null) return null;
    const { config } = this.loaded;
    return new QuorumPort(
      {
        host: config.quorumListenOnAllIps ? null : own.quorum.host,
        port: own.quorum.port,
        setting: `${own.setting.file}:${own.setting.line}: server.${own.sid}`,
        peers: this.peers((member) => member.quorum),
        connectLimitMs: config.tickTimeMs * (config.connectToLearnerMasterLimit || config.initLimit),
        firstPacketTimeoutMs: config.tickTimeMs * config.initLimit,
        maxTxnBytes: config.maxTxnBytes,
        faults: this.faults,
        transport: this.transport,
      },
      {
        learnerConnected: (link, address) => this.driver.submit({ kind: 'learnerConnected', link, address }),
        leaderConnected: (link) => this.driver.submit({ kind: 'leaderConnected', link }),
        leaderUnreachable: (link, reason) => this.driver.submit({ kind: 'leaderUnreachable', link, reason }),
        packet: (link, packet) => this.driver.submit({ kind: 'packet', link, packet }),
        progress: (link) => this.driver.submit({ kind: 'linkProgress', link }),
        snapshotReceived: (link, database) => this.driver.submit({ kind: 'snapshotReceived', link, database }),
        closed: (link, reason) => this.driver.submit({ kind: 'linkClosed', link, reason }),
        flushWanted: () => this.driver.scheduleFlush(),
        warn: processLog.warn,
      },
    );
  }

  private get own(): LoadedConfig['config']['members'][number] | null {
    return ownMember(this.loaded);
  }

  private peers(endpointOf: (member: LoadedConfig['config']['members'][number]) => Endpoint): Map<number, Endpoint> {
    const { sid, config } = this.loaded;
    const others = config.members.filter((member) => member.sid !== sid);
    return new Map(others.map((member) => [member.sid, endpointOf(member)]));
  }

  private setPeers(members: readonly Member[]): void {
    const election = new Map<number, Endpoint>();
    const quorum = new Map<number, Endpoint>();
    for (const { sid, spec } of members) {
      const parsed = parseServerSpec(spec);
      if (sid === this.loaded.sid || !parsed.ok) continue;
      election.set(sid, parsed.spec.election);
      quorum.set(sid, parsed.spec.quorum);
    }
    this.peerHosts = [...quorum.values()].map(({ host }) => host);
    this.electionPort?.setPeers(election);
    this.quorumPort?.setPeers(quorum);
  }

  private reportMode(): void {
    const { core } = this;
    const { mode } = core;
    const serving = mode === null ? '' : `${mode} ${core.epoch}`;
    if (serving === this.mode) return;
    this.mode = serving;
    const address = clientAddresses(this.loaded);
    const isPrimary = mode === 'leader' || mode === 'standalone';
    this.primaryTerm = isPrimary ? serving : null;
    sendToParent({ kind: 'mode', mode, epoch: core.epoch }, () => {});
    if (mode === null) processLog.info(`no longer serving clients on ${address}`);
    else if (mode === 'read-only') processLog.info(`no leader: ${address} serves clients that only want to read`);
    else if (mode === 'standalone') processLog.info(`serving clients on ${address} as standalone`);
    else processLog.info(`serving clients on ${address} as ${mode} (epoch ${core.epoch})`);
  }

  /** Ends in order: nothing more comes in, and what was written is durable. */
  private end(cause: string): void {
    if (this.ending) return;
    this.ending = true;
    processLog.info(`ending on ${cause}`);
    this.driver.stop();
    this.clientPort.close();
    for (const port of this.adminPorts) port.close();
    this.electionPort?.close();
    this.quorumPort?.close();
    setTimeout(() => this.die(`the disk has not answered for ${SHUTDOWN_LIMIT_MS} ms`), SHUTDOWN_LIMIT_MS);
    this.storage.close(() => this.exit());
  }

  /** Once the parent has what was traced to the end. */
  private exit(): void {
    if (this.trace === null) process.exit(0);
    setTimeout(() => process.exit(0), TRACE_LIMIT_MS);
    this.trace.drain(() => process.exit(0));
  }

  private die(reason: string): never {
    processLog.lastWords(reason);
    process.exit(1);
  }
}

function sendToParent(message: ServerMessage, taken: (error: Error | null) => void): void {
  if (process.connected) process.send?.(message, undefined, {}, taken);
  else taken(new Error('the parent has gone'));
}
