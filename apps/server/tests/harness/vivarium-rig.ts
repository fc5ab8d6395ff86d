import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApiError } from '@vivarium/shared/contract/errors';
import { readOptions } from '../../options/options.ts';
import type { HostedSource } from '../../sources/hosted.ts';
import { Vivarium } from '../../vivarium.ts';
import { freeBasePort } from './base-port.ts';

/** The answer to a request, its body read. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T & { readonly error: ApiError };
}

export const TOKEN = 'a-token-for-tests';

/** The whole program, as its command line would start it, with a real ensemble in a directory of its own. */
export class VivariumRig {
  readonly vivarium: Vivarium;
  readonly url: string;
  readonly dataDir: string;
  readonly printed: readonly string[];

  private constructor(vivarium: Vivarium, dataDir: string, printed: readonly string[]) {
    this.vivarium = vivarium;
    this.url = vivarium.url.replace(/\/$/, '');
    this.dataDir = dataDir;
    this.printed = printed;
  }

  /** `argv` comes behind what the rig itself chooses; `zooCfg` has further keys of every zoo.cfg. */
  static async start(
    argv: readonly string[] = [],
    dataDir = mkdtempSync(path.join(tmpdir(), 'vivarium-app-')),
    zooCfg: Readonly<Record<string, number>> = {},
  ): Promise<VivariumRig> {
    const printed: string[] = [];
    const basePort = await freeBasePort();
    const chosen = ['--data-dir', dataDir, '--port', '0', '--token', TOKEN, '--base-port', `${basePort}`];
    const options = readOptions([...chosen, ...argv], {});
    if (options === null) throw new Error('only the usage was asked for');
    const vivarium = await Vivarium.start(options, {
      zooCfg: { tickTime: 500, ...zooCfg },
      graceMs: 300,
      print: (line) => void printed.push(line),
    });
    return new VivariumRig(vivarium, dataDir, printed);
  }

  /** Ends the program; the data stay. */
  async stop(): Promise<void> {
    await this.vivarium.close();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A request as a script makes it. `pathname` is below the base path. */
  async call<T>(
    method: string,
    pathname: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${pathname}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  }

  /** The hosted ensemble. */
  get source(): HostedSource {
    const { hosted } = this.vivarium;
    if (hosted === null) throw new Error('nothing is hosted');
    return hosted;
  }

  /** The number of the last event. */
  get lastEvent(): number {
    return this.source.info().kept.last;
  }
}
