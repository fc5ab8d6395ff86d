/**
 * The whole program but its command line: a hosted ensemble or attached ones, the server for browsers, and their beginning
 * and end.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { DirectoryLock } from '@vivarium/ensemble/hosting/directory-lock';
import { makeDirectories } from '@vivarium/ensemble/server/real-disk';
import { type Logger, pino } from 'pino';
import { apiFailure } from './api-failure.ts';
import { Authenticator, randomToken } from './auth/authenticator.ts';
import { authorise } from './auth/authorise.ts';
import { isLoopbackAddress, OriginPolicy } from './auth/origin-policy.ts';
import { attachSocket } from './live/socket.ts';
import { LogFile } from './log/log-file.ts';
import type { Options } from './options/options.ts';
import { DEFAULT_RECORDING } from './recording/recorder.ts';
import { Recordings } from './recording/recordings.ts';
import { createApp } from './routes/app.ts';
import { AttachedClusters } from './sources/attached/attached-clusters.ts';
import { Clusters } from './sources/clusters.ts';
import { HostedSource } from './sources/hosted.ts';
import { createSynthetic } from './sources/synthetic.ts';
import { noticeText } from './transactions/notice-text.ts';
import { Viewers } from './viewers/viewers.ts';
import { restoreSocketPath } from './web/base-path.ts';
import { listen, stopListening } from './web/listen.ts';
import { Past } from './znodes/past/past.ts';
import { SharedSession } from './znodes/shared-session.ts';
import { DEADLINE_MS, ZnodeStore } from './znodes/znode-store.ts';
import { ZnodeStores } from './znodes/znode-stores.ts';

/** What tests change. */
export interface Settings {
  /** Further keys of every zoo.cfg. */
  readonly zooCfg?: Readonly<Record<string, string | number>>;
  /** How long a viewer's session outlives his tab. */
  readonly graceMs?: number;
  /** What a person at the terminal should know. */
  print(line: string): void;
}

const NOT_ENCRYPTED =
  'Other machines can reach this server, and nothing is encrypted: whoever can listen on the way reads the token, and may ' +
  'then do everything.';

/** Ends what was begun. */
type Undo = () => Promise<void> | void;

/** Browsers open the same cluster under this id. */
const CLUSTER_ID = 'local';

export class Vivarium {
  readonly token: string;
  /** What people open, without the token and with a slash behind. */
  readonly url: string;
  /** The servers of our own; null where there are none. */
  readonly hosted: HostedSource | null;
  private readonly undo: readonly Undo[];

  private constructor({
    undo,
    token,
    url,
    hosted,
  }: Pick<Vivarium, 'token' | 'url' | 'hosted'> & { undo: readonly Undo[] }) {
    this.undo = undo;
    this.token = token;
    this.url = url;
    this.hosted = hosted;
  }

  /**
   * Takes the data directory, listens, and starts the servers. Rejects with `HostingError`, `ListenError`, or what the system
   * says of the directory; then nothing is left running.
   */
  static async start(options: Options, settings: Settings): Promise<Vivarium> {
    const undo: Undo[] = [];
    try {
      return await Vivarium.build(options, settings, undo);
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      throw error;
    }
  }

  private static async build(options: Options, settings: Settings, undo: Undo[]): Promise<Vivarium> {
    const { dataDir, basePath, publicUrl } = options;
    makeDirectories(dataDir);
    const logFile = new LogFile(path.join(dataDir, 'vivarium.log'));
    undo.push(() => void logFile.destroy());
    const log = pino({ base: null }, logFile);

    const clusters = new Clusters(new Recordings(recordingsOf(options)));
    const stores = new ZnodeStores(clusters);
    undo.push(() => stores.close());
    const hosted = options.hosts ? host(options, settings, log) : null;
    if (hosted === null) {
      // Hosted servers take the directory themselves.
      const lock = DirectoryLock.take(dataDir);
      undo.push(() => lock.release());
    } else {
      undo.push(() => hosted.close());
    }
    const connect = (): ZooKeeperClient => {
      if (hosted === null) throw apiFailure('ephemeralNeedsViewer');
      const { connectString } = hosted;
      return new ZooKeeperClient({ connectString, operationDeadlineMs: DEADLINE_MS, maxQueuedRequests: 100_000 });
    };
    const viewers = new Viewers(settings.graceMs === undefined ? {} : { graceMs: settings.graceMs });
    undo.push(() => viewers.close());
    const past = hosted === null ? null : new Past(hosted, dataDir);
    if (hosted !== null && past !== null) {
      undo.push(() => past.close());
      const session = new SharedSession(connect);
      undo.push(() => session.close());
      clusters.add(hosted);
      stores.add(CLUSTER_ID, new ZnodeStore({ session, viewers: viewers.of(CLUSTER_ID, connect), past }));
    }
    const attached = new AttachedClusters({
      viewers,
      clusters,
      stores,
      dataDir,
      connectStrings: options.attach,
      attachHosts: options.attachHosts,
      print: (line) => settings.print(line),
      log: (details, message) => log.warn(details, message),
    });
    undo.push(() => attached.close());
    if (options.synthetic !== null) {
      const synthetic = createSynthetic({ eventsPerSecond: options.synthetic });
      undo.push(() => synthetic.close());
      clusters.add(synthetic);
    }

    const token = options.token ?? randomToken();
    const authenticator = new Authenticator(token, basePath);
    const origins = new OriginPolicy(publicUrl, isLoopbackAddress(options.host) ? [] : [options.host, hostname()]);
    const app = await createApp({
      clusters,
      attached,
      stores,
      authenticator,
      origins,
      basePath,
      overTls: publicUrl?.protocol === 'https:',
      webRoot: options.webRoot,
      log,
    });
    undo.push(() => app.close());
    const socket = attachSocket(app.server, {
      clusters,
      authenticate: (headers) => authenticator.authenticate(headers),
      hostAllowed: (headers) => origins.hostAllowed(headers),
      originAllowed: (headers) => origins.originAllowed(headers),
      authorise,
      viewers,
      opened: (cluster, connection, paths) => stores.open(cluster, connection, paths),
      basePath,
      log,
    });
    undo.push(() => socket.close());
    stores.onRefresh((connection, message) => socket.sendRefresh(connection, message));
    restoreSocketPath(app.server, basePath);
    viewers.onChange((tab, viewerSession) => socket.sendViewerSession(tab, viewerSession));
    await app.ready();
    const { port, note } = await listen(app.server, options);
    undo.push(() => stopListening(app.server));
    if (note !== null) settings.print(note);
    if (!isLoopbackAddress(options.host)) settings.print(NOT_ENCRYPTED);
    attached.start();
    await hosted?.start(past?.startZxid ?? 0n);
    return new Vivarium({ undo, hosted, token, url: addressOf(options, port) });
  }

  /** Ends everything, the last first; nothing is left running. */
  async close(): Promise<void> {
    for (const step of this.undo.toReversed()) await step();
  }
}

function host(options: Options, { zooCfg, print }: Settings, log: Logger): HostedSource {
  const { dataDir, servers, observers, basePort, record } = options;
  return new HostedSource({
    id: CLUSTER_ID,
    name: 'Local ensemble',
    ensemble: {
      directory: dataDir,
      host: '127.0.0.1',
      ...(servers === null ? {} : { participants: servers }),
      ...(observers === null ? {} : { observers }),
      ...(basePort === null ? {} : { basePort }),
      ...(zooCfg === undefined ? {} : { settings: zooCfg }),
    },
    transactionsFile: path.join(dataDir, 'transactions', `${CLUSTER_ID}.sqlite`),
    transactionsNotice: (notice) => {
      log.warn(notice, 'transactions');
      print(noticeText('the local ensemble', notice));
    },
    recording: record ? { directory: recordingsOf(options), ...DEFAULT_RECORDING } : null,
    log: (sid, line) => {
      log.info({ sid, line }, 'server');
      if (/ WARN | ERROR |"level":"(?:warn|fatal)"/.test(line)) print(`server ${sid}: ${line}`);
    },
    recordingFailed: (error) => {
      log.error({ err: error }, 'the recording ended');
      print(`The recording ended: ${error.message}.`);
    },
  });
}

function recordingsOf({ dataDir }: Options): string {
  return path.join(dataDir, 'recordings');
}

function addressOf({ host: address, publicUrl, basePath }: Options, port: number): string {
  if (publicUrl !== null) return `${publicUrl.origin}${basePath}/`;
  // Whoever listens everywhere is found under the name of the machine.
  const name = address === '0.0.0.0' || address === '::' ? hostname() : address;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}/`;
}
