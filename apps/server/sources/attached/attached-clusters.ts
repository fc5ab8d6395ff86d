/** The clusters that somebody else runs: which there are, how they come and go, and their beginning and end. */
import {
  ConnectStringError,
  type ConnectStringFault,
  formatAddress,
  parseConnectString,
} from '@vivarium/client/connect-string';
import type { AttachRequest } from '@vivarium/shared/contract/attach';
import type { ApiErrorCode } from '@vivarium/shared/contract/errors';
import { apiFailure } from '../../api-failure.ts';
import type { Viewers } from '../../viewers/viewers.ts';
import { ZnodeStore } from '../../znodes/znode-store.ts';
import type { ZnodeStores } from '../../znodes/znode-stores.ts';
import type { Clusters } from '../clusters.ts';
import { AttachedSource } from './attached-source.ts';
import { type ClusterDefinition, defaultDefinition, idFrom, idOfConnect, normalConnect } from './cluster-definition.ts';
import { ClustersFile } from './clusters-file.ts';
import { withCluster, withoutCluster, withReadOnly } from './edit-definitions.ts';
import { HostRule, HostRuleError } from './host-rule.ts';

export interface AttachedClustersOptions {
  readonly clusters: Clusters;
  readonly stores: ZnodeStores;
  readonly viewers: Viewers;
  readonly dataDir: string;
  /** Connect strings of the command line: for this run. */
  readonly connectStrings: readonly string[];
  /** Of the command line; null: the file's, or else loopback only. */
  readonly attachHosts: HostRule | null;
  /** What is wrong with the file, a sentence, for whoever starts the program. */
  print(line: string): void;
  log(details: object, message: string): void;
}

const MAX_CLUSTERS = 100;
const MAX_SERVERS = 32;

export class AttachedClusters {
  private readonly options: AttachedClustersOptions;
  private readonly file: ClustersFile;
  private readonly sources = new Map<string, AttachedSource>();
  private rule = HostRule.default;

  constructor(options: AttachedClustersOptions) {
    this.options = options;
    this.file = new ClustersFile(options.dataDir);
  }

  /** Begins with all that are configured. None of them needs to be there, and what is wrong in the file is said and left out. */
  start(): void {
    const { definitions, attachHosts, faults } = this.file.read();
    for (const { line, field, what } of faults) {
      this.options.print(`${this.file.path}, line ${line}: ${field === '' ? '' : `${field} `}${what}.`);
    }
    this.rule = this.options.attachHosts ?? this.ruleOf(attachHosts);
    for (const definition of definitions) this.begin(definition);
    for (const connect of this.options.connectStrings) {
      if (this.sameAs(connect) === null) this.begin(defaultDefinition(connect, { id: idOfConnect(connect) }));
    }
  }

  /**
   * Attaches a cluster that a viewer names, for good, and returns its id. It need not answer. Rejects with `ApiFailure`
   * where the connect string is none, the rule of hosts does not have it, or the file cannot be written.
   */
  async add({ connect, name, readOnly }: AttachRequest): Promise<string> {
    const { servers } = parsed(connect);
    if (servers.length > MAX_SERVERS) throw apiFailure('connectTooMany', { limit: MAX_SERVERS });
    const same = this.sameAs(connect);
    if (same !== null) throw apiFailure('alreadyAttached', { name: same.info().name, id: same.id });
    if (this.sources.size >= MAX_CLUSTERS) throw apiFailure('tooManyClusters', { limit: MAX_CLUSTERS });
    for (const server of servers) {
      const answer = await this.rule.addressesOf(server);
      if (answer === 'notPermitted') throw apiFailure('hostNotPermitted', { address: formatAddress(server) });
      if (answer === 'unknownHost') throw apiFailure('hostUnknown', { host: server.host });
    }
    const known = new Set([...this.sources.keys(), ...this.file.read().definitions.map(({ id }) => id)]);
    const id = name === undefined ? idOfConnect(connect) : idFrom(name, known);
    const definition = { ...defaultDefinition(connect, { id, name, readOnly }), isFromPage: true };
    this.file.edit((text) => withCluster(text, { id, name: definition.name, connect, readOnly: definition.readOnly }));
    this.begin(definition);
    return id;
  }

  /** Lets go of a cluster, for good where the file has it; what was kept of it stays. Rejects with `ApiFailure`. */
  async remove(id: string): Promise<void> {
    const source = this.get(id);
    this.file.edit((text) => (text.trim() === '' ? text : withoutCluster(text, id)));
    this.sources.delete(id);
    this.options.stores.remove(id);
    this.options.clusters.remove(id);
    await this.options.viewers.leaveCluster(id);
    await source.close();
  }

  /** Rejects with `ApiFailure`. */
  async setReadOnly(id: string, readOnly: boolean): Promise<void> {
    const source = this.get(id);
    this.file.edit((text) => (text.trim() === '' ? text : withReadOnly(text, id, readOnly)));
    source.setReadOnly(readOnly);
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }

  private get(id: string): AttachedSource {
    const source = this.sources.get(id);
    if (source === undefined) throw apiFailure('unknownCluster', { cluster: id });
    return source;
  }

  private sameAs(connect: string): AttachedSource | null {
    const normal = normalConnect(connect);
    return [...this.sources.values()].find((source) => normalConnect(source.definition.connect) === normal) ?? null;
  }

  /** A rule that cannot be read allows nothing. */
  private ruleOf(text: string | null): HostRule {
    if (text === null) return HostRule.default;
    try {
      return HostRule.parse(text);
    } catch (error) {
      if (!(error instanceof HostRuleError)) throw error;
      this.options.print(`${this.file.path}: attachHosts ${error.message}; nothing may be attached from the page.`);
      return HostRule.parse('none');
    }
  }

  private begin(definition: ClusterDefinition): void {
    const { clusters, stores, viewers, dataDir, log } = this.options;
    const { id } = definition;
    const source = new AttachedSource({
      definition,
      directory: dataDir,
      rule: definition.isFromPage ? this.rule : null,
      log: (details, message) => log({ cluster: id, ...details }, message),
    });
    this.sources.set(id, source);
    clusters.add(source);
    const store = new ZnodeStore({
      session: source.session,
      viewers: viewers.of(id, () => source.session.another()),
      past: pastOf(id),
      attached: { mirror: () => source.mirrorReads, seen: (changes) => source.seen(changes) },
      mayWrite: () => {
        if (source.readOnly) throw apiFailure('readOnlyCluster', { cluster: source.info().name });
      },
    });
    source.onMirrorChanged = () => store.mirrorChanged();
    stores.add(id, store);
    source.start();
  }
}

const CONNECT_CODES: Readonly<Record<ConnectStringFault, ApiErrorCode>> = {
  noServer: 'connectNoServer',
  badServer: 'connectBadServer',
  badPort: 'connectBadPort',
  badChroot: 'connectBadChroot',
};

function parsed(connect: string) {
  try {
    return parseConnectString(connect);
  } catch (error) {
    if (!(error instanceof ConnectStringError)) throw error;
    throw apiFailure(CONNECT_CODES[error.fault], { part: error.part });
  }
}

/** What was in an attached cluster earlier is in nobody's logs that we can read. */
function pastOf(cluster: string) {
  const refuse = async (): Promise<never> => {
    throw apiFailure('notCapable', { cluster, kind: 'attached' });
  };
  return { read: refuse, children: refuse };
}
