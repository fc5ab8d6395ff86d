/**
 * Which server listens where for clients, where the configuration names no client ports: the servers of the connect string
 * are asked who they are (`conf`, which costs them nothing), until each has said so.
 */

import type { ConnectionOptions } from 'node:tls';
import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import { askWord } from '@vivarium/client/four-letter-word';
import { parseConf } from '../../monitor/parse-words.ts';
import type { DialGuard } from './dial-guard.ts';

export interface ClientFinderOptions {
  readonly guard: DialGuard;
  /** Null where client ports speak plainly. */
  readonly tls: ConnectionOptions | null;
  /** A server has said who it is. */
  found(sid: number, server: ServerAddress): void;
}

const ANSWER_LIMIT_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** A server that is down, or does not allow the word, may be back, or started anew. */
const AGAIN_MS = 15_000;

export class ClientFinder {
  private readonly options: ClientFinderOptions;
  private wanted: readonly ServerAddress[] = [];
  private asking = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(options: ClientFinderOptions) {
    this.options = options;
  }

  /** Whom to ask from now on; the others have said who they are, or nobody needs to know. */
  look(servers: readonly ServerAddress[]): void {
    const isSame = servers.map(formatAddress).join() === this.wanted.map(formatAddress).join();
    this.wanted = servers;
    if (!isSame && !this.asking) void this.round();
  }

  close(): void {
    this.wanted = [];
    this.stopTimer();
  }

  private async round(): Promise<void> {
    this.stopTimer();
    this.asking = true;
    await Promise.all(this.wanted.map((server) => this.ask(server)));
    this.asking = false;
    if (this.wanted.length > 0) this.timer = setTimeout(() => void this.round(), AGAIN_MS);
  }

  private async ask(server: ServerAddress): Promise<void> {
    const { guard, tls, found } = this.options;
    const address = await guard.addressOf(server);
    if (address === null) return;
    const answer = await askWord('conf', { address, timeoutMs: ANSWER_LIMIT_MS, maxBytes: MAX_ANSWER_BYTES, tls });
    const sid = answer.ok ? parseConf(answer.text)?.serverId : undefined;
    if (sid !== undefined && this.wanted.includes(server)) found(sid, server);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
