/** The four-letter words and the admin servers of a cluster: what is looked at always, and what somebody asks for once. */
import type { ConnectionOptions } from 'node:tls';
import { askCommand } from '@vivarium/client/admin-command';
import type { ServerAddress } from '@vivarium/client/connect-string';
import { askWord, refusedWord } from '@vivarium/client/four-letter-word';
import type { AskableWord, WordAnswer } from '@vivarium/shared/contract/health';
import { type ApiFailure, apiFailure } from '../api-failure.ts';
import { Exclusive } from './exclusive.ts';
import { PACE, type Pace } from './pace.ts';
import { type MonitoredMember, ServerMonitor, type ServerMonitorEvents } from './server-monitor.ts';

export interface MonitorOptions {
  readonly members: readonly MonitoredMember[];
  /** For words, where the client ports speak TLS; null where they do not. */
  readonly tls: ConnectionOptions | null;
  readonly words: boolean;
  readonly admin: boolean;
  /** Where admin servers listen unless a member says otherwise; 8080 where it is left out. */
  readonly adminPort?: number;
  /** `/commands` unless it was configured. */
  readonly commandUrl?: string;
  readonly pace?: Partial<Pace>;
}

const DEFAULT_ADMIN_PORT = 8080;
/** Where servers that Vivarium hosts have it, above the client port. */
const HOSTED_ADMIN_OFFSET = 2707;
const LAST_PORT = 65_535;

/** The cost of these grows with sessions, connections or watches: one at a time in the whole cluster. */
const DEAR: ReadonlySet<string> = new Set<AskableWord>(['cons', 'dump', 'stat', 'wchc', 'wchp', 'wchs']);
/** An answer serves everybody for so long. */
const KEPT_MS = 3_000;
const DEAR_KEPT_MS = 15_000;
const ASK_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const COMMANDS: Readonly<Record<AskableWord, string>> = {
  conf: 'configuration',
  cons: 'connections',
  dirs: 'dirs',
  dump: 'dump',
  envi: 'environment',
  hash: 'hash',
  isro: 'is_read_only',
  mntr: 'monitor',
  srvr: 'server_stats',
  stat: 'stats',
  wchc: 'watches',
  wchp: 'watches_by_path',
  wchs: 'watch_summary',
};

export class Monitor {
  private readonly options: MonitorOptions;
  private readonly events: ServerMonitorEvents;
  private readonly servers = new Map<number, ServerMonitor>();
  private readonly dear = new Exclusive();
  /** By sid and word, and so as many at most. */
  private readonly asked = new Map<string, Promise<WordAnswer>>();
  private isClosed = false;

  /** Begins to look at once. */
  constructor(options: MonitorOptions, events: ServerMonitorEvents) {
    this.options = options;
    this.events = events;
    this.setMembers(options.members);
  }

  /** Looks at these servers from now on; one whose address is another one is a new one. */
  setMembers(members: readonly MonitoredMember[]): void {
    if (this.isClosed) return;
    const wanted = new Map(members.map((member) => [member.sid, member]));
    for (const [sid, server] of this.servers) {
      const member = wanted.get(sid);
      if (member !== undefined && sameAddresses(member, server.member)) continue;
      server.close();
      this.servers.delete(sid);
    }
    for (const member of members) {
      if (!this.servers.has(member.sid)) this.servers.set(member.sid, this.monitorOf(member));
    }
  }

  /**
   * What a server answers to a word, by the client port where it allows it, else by the admin server. Who asks the same within
   * some seconds gets the same answer. Rejects with `ApiFailure` `unknownServer`, `wordNotAllowed` or `wordNotAnswered`.
   */
  ask(sid: number, word: AskableWord): Promise<WordAnswer> {
    const server = this.servers.get(sid);
    if (server === undefined) return Promise.reject(apiFailure('unknownServer', { sid }));
    const key = `${sid} ${word}`;
    const known = this.asked.get(key);
    if (known !== undefined) return known;
    const isDear = DEAR.has(word);
    const one = (): Promise<WordAnswer> => server.exclusive.run(() => this.askServer(server, word));
    const answer = isDear ? this.dear.run(one) : one();
    this.asked.set(key, answer);
    const forget = (): void => {
      setTimeout(() => this.asked.delete(key), isDear ? DEAR_KEPT_MS : KEPT_MS).unref();
    };
    answer.then(forget, forget);
    return answer;
  }

  /** Looks no more. */
  close(): void {
    this.isClosed = true;
    for (const server of this.servers.values()) server.close();
    this.servers.clear();
  }

  private monitorOf(member: MonitoredMember): ServerMonitor {
    const { tls, words, admin, commandUrl = '/commands', pace } = this.options;
    const adminAddresses = this.adminAddressesOf(member);
    return new ServerMonitor(
      { member, tls, words, admin, adminAddresses, commandUrl, pace: { ...PACE, ...pace } },
      this.events,
    );
  }

  private adminAddressesOf({ client, admin }: MonitoredMember): readonly ServerAddress[] {
    if (admin) return [admin];
    if (client === null) return [];
    const { adminPort = DEFAULT_ADMIN_PORT } = this.options;
    const ports = [adminPort, client.port + HOSTED_ADMIN_OFFSET].filter((port) => port <= LAST_PORT);
    return ports.map((port) => ({ host: client.host, port }));
  }

  private async askServer(server: ServerMonitor, word: AskableWord): Promise<WordAnswer> {
    const { sid, client } = server.member;
    let failure = apiFailure('wordNotAnswered', { sid, word, reason: 'turnedOff' });
    if (this.options.words && client !== null) {
      const limits = { timeoutMs: ASK_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, tls: this.options.tls };
      const answer = await askWord(word, { ...limits, address: client });
      // Only `hash` may have nothing to say.
      const isAnswer = answer.ok && (answer.text !== '' || word === 'hash');
      if (isAnswer && refusedWord(answer.text) === null) {
        return { sid, word, text: answer.text, cut: answer.cut, via: 'words', heardMs: Date.now() };
      }
      if (isAnswer) failure = apiFailure('wordNotAllowed', { sid, word });
      else failure = notAnswered(sid, word, answer.ok ? 'closed without an answer' : answer.detail);
    }
    const address = server.adminAddress;
    if (address === null) throw failure;
    const { commandUrl = '/commands' } = this.options;
    const limits = { commandUrl, timeoutMs: ASK_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const answer = await askCommand(COMMANDS[word], { ...limits, address });
    if (!answer.ok) throw notAnswered(sid, word, answer.detail);
    if (answer.status !== 200) throw apiFailure('wordNotAllowed', { sid, word });
    return { sid, word, text: answer.text, cut: answer.cut, via: 'admin', heardMs: Date.now() };
  }
}

function notAnswered(sid: number, word: string, reason: string): ApiFailure {
  return apiFailure('wordNotAnswered', { sid, word, reason });
}

function sameAddresses(a: MonitoredMember, b: MonitoredMember): boolean {
  const same = (one: ServerAddress | null | undefined, other: ServerAddress | null | undefined): boolean =>
    one?.host === other?.host && one?.port === other?.port;
  return same(a.client, b.client) && same(a.admin, b.admin);
}
