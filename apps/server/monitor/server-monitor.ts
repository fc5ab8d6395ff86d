/** Looks at one server again and again: its words first, the admin server for what they do not tell. One request at a time. */
import type { ConnectionOptions } from 'node:tls';
import { askCommand } from '@vivarium/client/admin-command';
import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import { askWord, refusedWord } from '@vivarium/client/four-letter-word';
import type { WayReason, WayState } from '@vivarium/shared/contract/source';
import { Exclusive } from './exclusive.ts';
import { delayMs, type LookResult, type Pace } from './pace.ts';
import {
  clientPortsOf,
  commandError,
  configurationOf,
  connectionsOf,
  digestsOf,
  monitorOf,
  parseCommand,
  serverStatsOf,
} from './parse-commands.ts';
import { parseConf, parseCons, parseHash, parseMntr, parseSrvr, saysNotServing } from './parse-words.ts';
import type { ServerSample, ServerValues } from './server-sample.ts';
import type { Values } from './value-texts.ts';
import { closed, opened, reasonOf, sameState, TURNED_OFF, UNTRIED } from './way-states.ts';

/** A server to be looked at. */
export interface MonitoredMember {
  readonly sid: number;
  /** Null while nobody has told it. */
  readonly client: ServerAddress | null;
  /** Where its admin server is; null or left out: not known, and the likely ports are tried. */
  readonly admin?: ServerAddress | null;
}

export interface ServerMonitorOptions {
  readonly member: MonitoredMember;
  /** Null where client ports speak plainly. */
  readonly tls: ConnectionOptions | null;
  readonly words: boolean;
  readonly admin: boolean;
  /** Where the admin server may listen, the likeliest first. */
  readonly adminAddresses: readonly ServerAddress[];
  readonly commandUrl: string;
  readonly pace: Pace;
}

export interface ServerMonitorEvents {
  sample(sample: ServerSample): void;
  wayChanged(way: 'words' | 'admin', sid: number, state: WayState): void;
}

/** Far more than `mntr` or a thousand digests take. */
const MAX_BYTES = 1024 * 1024;
/** `cons` of ten thousand connections. */
const MAX_CLIENTS_BYTES = 8 * 1024 * 1024;

export class ServerMonitor {
  readonly member: MonitoredMember;
  /** Every request to the server goes through here, also those that somebody on a page makes. */
  readonly exclusive = new Exclusive();
  private readonly options: ServerMonitorOptions;
  private readonly events: ServerMonitorEvents;
  private wordsState: WayState;
  private adminState: WayState;
  private adminAt: ServerAddress | null = null;
  private failures = 0;
  private connections = 0;
  /** When what was asked last; `performance.now()`. */
  private readonly lastMs = new Map<string, number>();
  /** Words that the server does not allow, and when it said so last; `performance.now()`. */
  private readonly refused = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** The first look comes soon, but not for all servers at once. */
  constructor(options: ServerMonitorOptions, events: ServerMonitorEvents) {
    this.options = options;
    this.events = events;
    this.member = options.member;
    this.wordsState = options.words ? UNTRIED : TURNED_OFF;
    this.adminState = options.admin ? UNTRIED : TURNED_OFF;
    this.timer = setTimeout(() => void this.look(), Math.random() * options.pace.lookMs * 0.25);
  }

  /** Where the admin server answered; null while it has not. */
  get adminAddress(): ServerAddress | null {
    return this.adminAt;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const sinceMs = performance.now();
    await this.exclusive.run(() => this.lookByWords());
    const tookMs = performance.now() - sinceMs;
    if (!this.isClosed) await this.exclusive.run(() => this.lookByCommands());
    if (this.isClosed) return;
    const isOpen = this.wordsState.state === 'open' || this.adminState.state === 'open';
    this.failures = isOpen ? 0 : this.failures + 1;
    const result: LookResult = { tookMs, failures: this.failures };
    this.timer = setTimeout(() => void this.look(), delayMs(this.options.pace, result, Math.random()));
  }

  private async lookByWords(): Promise<void> {
    const { words, pace } = this.options;
    const { client } = this.member;
    if (!words || client === null) return;
    const srvr = await this.word('srvr', client);
    if (srvr === null) return;
    if (srvr === '') {
      // So does a proxy whose server is gone, and a server that has too many connections of ours.
      const params = { address: formatAddress(client), detail: 'closed without an answer' };
      this.wordsAre(closed(this.wordsState, { code: 'unreachable', params }));
      return;
    }
    if (saysNotServing(srvr)) {
      this.wordsAre(opened(Date.now(), null));
      this.tell('words', { mode: 'notServing' });
      return;
    }
    if (!this.take(parseSrvr(srvr), client)) return;
    if (!this.isRefused('mntr')) {
      const mntr = await this.word('mntr', client);
      if (mntr !== null && !saysNotServing(mntr) && !this.take(parseMntr(mntr), client)) return;
    }
    this.wordsAre(opened(Date.now(), this.refused.has('mntr') ? 'mntr' : null));
    if (this.isDue('conf', pace.seldomMs)) {
      const conf = await this.word('conf', client);
      const values = conf === null ? null : parseConf(conf);
      if (values !== null) this.tell('words', values);
    }
    // A word that nobody lists by itself, and that costs nothing: who answers it answers all.
    if (this.isDue('gtmk', pace.seldomMs)) {
      const mask = await this.word('gtmk', client);
      if (mask !== null || this.refused.has('gtmk')) this.tell('words', { everyWord: /^\d+\s*$/.test(mask ?? '') });
    }
    if (!this.isRefused('hash') && this.isDue('hash', pace.digestsMs)) {
      const hash = await this.word('hash', client);
      const digests = hash === null || saysNotServing(hash) ? null : parseHash(hash);
      if (digests !== null) this.tell('words', { digests });
    }
    if (!this.isRefused('cons') && this.isDue('cons', this.clientsEveryMs())) {
      const cons = await this.word('cons', client, MAX_CLIENTS_BYTES);
      const clients = cons === null || saysNotServing(cons) ? null : parseCons(cons);
      if (clients !== null) this.tell('words', { clients });
    }
  }

  private async lookByCommands(): Promise<void> {
    const { admin, pace } = this.options;
    const { client } = this.member;
    if (!admin || client === null) return;
    const isNeeded = this.wordsState.state !== 'open' || this.refused.has('mntr');
    const everyMs = isNeeded && this.adminState.state === 'open' ? 0 : isNeeded ? pace.digestsMs : pace.adminMs;
    if (!this.isDue('admin', everyMs)) return;
    if (this.adminAt === null && !(await this.findAdmin(client))) return;
    const stats = await this.command('server_stats');
    if (stats === null) return;
    const statsValues = serverStatsOf(stats);
    if (statsValues === null) return;
    this.tell('admin', statsValues);
    if (!isNeeded) return;
    const monitor = await this.command('monitor');
    const monitorValues = monitor === null ? null : monitorOf(monitor);
    if (monitorValues !== null) this.tell('admin', monitorValues);
    if (!this.wordTells('conf') && this.isDue('configuration', pace.seldomMs)) {
      const values = await this.command('configuration');
      const configuration = values === null ? null : configurationOf(values);
      if (configuration !== null) this.tell('admin', configuration);
    }
    if (!this.wordTells('hash') && this.isDue('hash', pace.digestsMs)) {
      const hash = await this.command('hash');
      const digests = hash === null ? null : digestsOf(hash);
      if (digests !== null) this.tell('admin', { digests });
    }
    if (!this.wordTells('cons') && this.isDue('cons', this.clientsEveryMs())) {
      const cons = await this.command('connections', MAX_CLIENTS_BYTES);
      const clients = cons === null ? null : connectionsOf(cons);
      if (clients !== null) this.tell('admin', { clients });
    }
  }

  /** Several servers of one machine may share a candidate: it is the one that has this server's client port, or its number. */
  private async findAdmin(client: ServerAddress): Promise<boolean> {
    const { adminAddresses, commandUrl, pace } = this.options;
    let failure: WayReason | null = null;
    for (const address of adminAddresses) {
      if (this.isClosed) return false;
      const limits = { commandUrl, timeoutMs: pace.timeoutMs, maxBytes: MAX_BYTES };
      const answer = await askCommand('configuration', { ...limits, address });
      const json = answer.ok ? parseCommand(answer.text) : null;
      if (!answer.ok) failure ??= reasonOf(answer, address, this.adminState);
      else if (json === null) failure = garbage(address, `HTTP ${answer.status}`);
      else {
        const isIt = clientPortsOf(json).includes(client.port) || configurationOf(json)?.serverId === this.member.sid;
        if (isIt || this.member.admin) {
          this.adminAt = address;
          return true;
        }
        // While it serves nobody it does not say which server it is.
        if (commandError(json) !== null) failure = { code: 'notServing', params: {} };
      }
    }
    const [first] = adminAddresses;
    const none: WayReason = { code: 'refused', params: first === undefined ? {} : { address: formatAddress(first) } };
    this.adminIs(closed(this.adminState, failure ?? none));
    return false;
  }

  /** The answer to a word; null where there is none, which the state of the way says, or `refused`. */
  private async word(word: string, address: ServerAddress, maxBytes = MAX_BYTES): Promise<string | null> {
    if (this.isClosed) return null;
    const { tls, pace } = this.options;
    const answer = await askWord(word, { address, timeoutMs: pace.timeoutMs, maxBytes, tls });
    if (!answer.ok) {
      // A server that has just answered `srvr` is there, however long another word takes it.
      if (word === 'srvr') this.wordsAre(closed(this.wordsState, reasonOf(answer, address, this.wordsState)));
      return null;
    }
    if (refusedWord(answer.text) === null) {
      this.refused.delete(word);
      return answer.text;
    }
    this.refused.set(word, performance.now());
    if (word === 'srvr') this.wordsAre(closed(this.wordsState, { code: 'notAllowed', params: { word } }));
    return null;
  }

  private async command(command: string, maxBytes = MAX_BYTES): Promise<Readonly<Record<string, unknown>> | null> {
    const address = this.adminAddress;
    if (address === null || this.isClosed) return null;
    const { commandUrl, pace } = this.options;
    const sentMs = Date.now();
    const answer = await askCommand(command, { address, commandUrl, timeoutMs: pace.timeoutMs, maxBytes });
    if (!answer.ok) {
      this.adminAt = null;
      this.adminIs(closed(this.adminState, reasonOf(answer, address, this.adminState)));
      return null;
    }
    const json = parseCommand(answer.text);
    if (json === null) {
      this.adminIs(closed(this.adminState, garbage(address, `HTTP ${answer.status}`)));
      return null;
    }
    this.adminIs(opened(Date.now(), null));
    if (answer.dateMs !== null) {
      // It tells whole seconds, at some time between the question and the answer.
      this.tell('admin', { clockAheadMs: [answer.dateMs - Date.now(), answer.dateMs + 999 - sentMs] });
    }
    const error = commandError(json);
    if (error === null) return json;
    if (saysNotServing(error)) this.tell('admin', { mode: 'notServing' });
    return null;
  }

  /** Tells what was parsed; false where it was garbage. */
  private take(values: Values | null, address: ServerAddress): boolean {
    if (values !== null) {
      this.connections = values.connections ?? this.connections;
      this.tell('words', values);
      return true;
    }
    this.wordsAre(closed(this.wordsState, garbage(address, 'no answer of ZooKeeper')));
    return false;
  }

  private tell(origin: 'words' | 'admin', values: Partial<ServerValues>): void {
    if (!this.isClosed) this.events.sample({ sid: this.member.sid, origin, heardMs: Date.now(), values });
  }

  private wordsAre(state: WayState): void {
    const isNews = !sameState(state, this.wordsState);
    this.wordsState = state;
    if (isNews && !this.isClosed) this.events.wayChanged('words', this.member.sid, state);
  }

  private adminIs(state: WayState): void {
    const isNews = !sameState(state, this.adminState);
    this.adminState = state;
    if (isNews && !this.isClosed) this.events.wayChanged('admin', this.member.sid, state);
  }

  /** What was refused is asked again once in a while: a whitelist can be changed by a restart. */
  private isRefused(word: string): boolean {
    const sinceMs = this.refused.get(word);
    return sinceMs !== undefined && performance.now() - sinceMs < this.options.pace.seldomMs;
  }

  private wordTells(word: string): boolean {
    return this.wordsState.state === 'open' && !this.refused.has(word);
  }

  private isDue(what: string, everyMs: number): boolean {
    const nowMs = performance.now();
    if (nowMs - (this.lastMs.get(what) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    this.lastMs.set(what, nowMs);
    return true;
  }

  private clientsEveryMs(): number {
    const { clientsMs, clientsPerConnectionMs } = this.options.pace;
    return Math.max(clientsMs, this.connections * clientsPerConnectionMs);
  }
}

function garbage(address: ServerAddress, detail: string): WayReason {
  return { code: 'garbage', params: { address: formatAddress(address), detail } };
}
