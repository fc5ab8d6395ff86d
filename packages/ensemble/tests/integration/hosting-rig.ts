import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import { Ensemble, type EnsembleOptions } from '../../hosting/ensemble.ts';
import type { HostedProcess } from '../../hosting/hosted-process.ts';
import type { HostingErrorCode } from '../../hosting/hosting-error.ts';
import { HostingError } from '../../hosting/hosting-error.ts';

/** Hosted ensembles in one temporary directory, one after the other, and what they told. */
export class HostingRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'vivarium-hosted-'));
  readonly basePort = 10_000 + Math.floor(Math.random() * 15_000);
  readonly events: ClusterEvent[] = [];
  readonly modes = new Map<number, string | null>();
  readonly processes: { readonly sid: number; readonly process: HostedProcess }[] = [];
  readonly log: string[] = [];
  private readonly open: Ensemble[] = [];
  private readonly waiting = new Set<() => void>();

  /** A new ensemble on the directory; `start` is the test's. */
  host(options: Partial<EnsembleOptions> = {}): Ensemble {
    const { directory, basePort } = this;
    const ensemble = new Ensemble(
      { directory, basePort, host: '127.0.0.1', settings: { tickTime: 500 }, trace: true, ...options },
      {
        event: (event) => this.note(() => this.events.push(event)),
        mode: (sid, mode) => this.note(() => this.modes.set(sid, mode)),
        process: (sid, process) => this.note(() => this.processes.push({ sid, process })),
        log: (sid, line) => this.note(() => this.log.push(`${sid}: ${line}`)),
        linkFault: () => {},
        memberAdded: () => {},
      },
    );
    this.open.push(ensemble);
    return ensemble;
  }

  private note(take: () => void): void {
    take();
    for (const look of [...this.waiting]) look();
  }

  /** Settles with the first answer that is not undefined; asked anew whenever the ensemble tells something. */
  until<T>(ask: () => T | undefined, what: string, limitMs = 60_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = (): void => {
      const answer = ask();
      if (answer === undefined) return;
      done();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`not within ${limitMs} ms: ${what}; modes ${JSON.stringify([...this.modes])}\n${this.tail()}`));
    }, limitMs);
    const done = (): void => {
      clearTimeout(timer);
      this.waiting.delete(look);
    };
    this.waiting.add(look);
    look();
    return promise;
  }

  /** Waits until these servers serve, one of them as leader, and returns its sid. */
  serving(...sids: number[]): Promise<number> {
    return this.until(() => {
      if (sids.some((sid) => (this.modes.get(sid) ?? null) === null)) return undefined;
      return sids.find((sid) => this.modes.get(sid) === 'leader');
    }, `servers ${sids} serving`);
  }

  /** States of a server's process, in their order. */
  states(sid: number): string[] {
    return this.processes.filter((entry) => entry.sid === sid).map(({ process }) => process.state);
  }

  /** Kills what runs and removes the files. */
  async clean(): Promise<void> {
    for (const ensemble of this.open) {
      await Promise.all(ensemble.servers.map((server) => server.kill().catch(() => server.shutDown())));
      await ensemble.close();
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private tail(): string {
    return this.log.slice(-40).join('\n');
  }
}

/** The code of the `HostingError` that an action fails with, and what belongs to it. */
export async function refusal(
  action: () => unknown,
): Promise<{ code: HostingErrorCode; params: HostingError['params']; message: string }> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof HostingError)) throw error;
    const { code, params, message } = error;
    return { code, params, message };
  }
  throw new Error('the action was not refused');
}
