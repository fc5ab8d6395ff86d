/**
 * The two networks between servers that a nemesis can disturb: the servers' own link control on loopback, and the
 * kernel's between network namespaces, where cables are pulled and frames go astray without the servers' help.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { guarded } from '../../hosting/orphan-guard.ts';
import type { NemesisServer } from './nemesis-server.ts';

export interface Network {
  readonly kind: 'links' | 'namespaces';
  /** The address of a server. */
  hostOf(sid: number): string;
  /** Put before a server's command. */
  prefixOf(sid: number): readonly string[];
  /** What one server sends to another is lost; connections starve. */
  cut(from: number, to: number): void;
  /** Messages are so much later; false: this network cannot. */
  slow(from: number, to: number, delayMs: number): boolean;
  /** So many of a hundred messages break their connection; false: this network cannot. */
  drop(from: number, to: number, percent: number): boolean;
  /** The server has no cable: peers and clients are cut off alike; false: this network cannot. */
  unplug(sid: number): boolean;
  /** Mends everything. */
  heal(): void;
  close(): void;
}

/** Loopback, with faults in the servers themselves. `servers` is read when a fault comes. */
export class LinkNetwork implements Network {
  readonly kind = 'links';
  private readonly servers: ReadonlyMap<number, NemesisServer>;
  private readonly standing = new Map<string, readonly [number, number]>();

  constructor(servers: ReadonlyMap<number, NemesisServer>) {
    this.servers = servers;
  }

  hostOf(): string {
    return '127.0.0.1';
  }

  prefixOf(): readonly string[] {
    return [];
  }

  cut(from: number, to: number): void {
    this.set(from, to, { kind: 'cut' });
  }

  slow(from: number, to: number, delayMs: number): boolean {
    this.set(from, to, { kind: 'slow', delayMs });
    return true;
  }

  drop(from: number, to: number, percent: number): boolean {
    this.set(from, to, { kind: 'drop', percent });
    return true;
  }

  unplug(): boolean {
    return false;
  }

  heal(): void {
    for (const [from, to] of this.standing.values()) this.servers.get(from)?.setLinkFault(to, null);
    this.standing.clear();
  }

  close(): void {}

  private set(from: number, to: number, fault: Parameters<NemesisServer['setLinkFault']>[1]): void {
    this.servers.get(from)?.setLinkFault(to, fault);
    this.standing.set(`${from} ${to}`, [from, to]);
  }
}

const SUBNET = '10.77.0';
const BRIDGE = 'nemesis';
/** A card that nobody has: what is sent to it is flooded and dropped, without a word to the sender. */
const NOBODYS_CARD = '02:00:00:00:00:fe';

/**
 * A namespace for each server, cables to one bridge. To be made in a namespace of its own (`unshare --net`), which takes
 * the bridge with it when its last process ends; nothing has a name outside of it.
 */
export class NamespaceNetwork implements Network {
  readonly kind = 'namespaces';
  /** Each holds a server's namespace open while the server is down. */
  private readonly holders = new Map<number, ChildProcess>();
  private readonly astray = new Map<string, readonly [number, number]>();
  private readonly unplugged = new Set<number>();

  /** Throws what `ip` says where this process may not do it. */
  constructor(sids: readonly number[]) {
    run('ip', 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
    run('ip', 'address', 'add', `${SUBNET}.254/24`, 'dev', BRIDGE);
    run('ip', 'link', 'set', BRIDGE, 'up');
    for (const sid of sids) this.plug(sid);
  }

  hostOf(sid: number): string {
    return `${SUBNET}.${sid}`;
  }

  prefixOf(sid: number): readonly string[] {
    return ['nsenter', `--target=${this.holders.get(sid)?.pid}`, '--net', '--'];
  }

  cut(from: number, to: number): void {
    this.inside(
      from,
      'neighbour',
      'replace',
      this.hostOf(to),
      'lladdr',
      NOBODYS_CARD,
      'dev',
      'eth',
      'nud',
      'permanent',
    );
    this.astray.set(`${from} ${to}`, [from, to]);
  }

  slow(): boolean {
    return false;
  }

  drop(): boolean {
    return false;
  }

  unplug(sid: number): boolean {
    run('ip', 'link', 'set', `cable${sid}`, 'down');
    this.unplugged.add(sid);
    return true;
  }

  heal(): void {
    for (const [from, to] of this.astray.values()) {
      this.inside(
        from,
        'neighbour',
        'replace',
        this.hostOf(to),
        'lladdr',
        cardOf(to),
        'dev',
        'eth',
        'nud',
        'reachable',
      );
    }
    for (const sid of this.unplugged) run('ip', 'link', 'set', `cable${sid}`, 'up');
    this.astray.clear();
    this.unplugged.clear();
  }

  close(): void {
    for (const holder of this.holders.values()) holder.kill('SIGKILL');
    run('ip', 'link', 'delete', BRIDGE);
  }

  private plug(sid: number): void {
    const [program = '', ...rest] = guarded(['unshare', '--net', '--', 'sleep', 'infinity']);
    const holder = spawn(program, rest, { stdio: 'ignore' });
    this.holders.set(sid, holder);
    run('ip', 'link', 'add', `cable${sid}`, 'type', 'veth', 'peer', 'name', `peer${sid}`);
    run('ip', 'link', 'set', `cable${sid}`, 'master', BRIDGE, 'up');
    // Until the holder has a namespace of its own this one is where the cable would end up.
    awaitNamespace(holder.pid ?? 0);
    run('ip', 'link', 'set', `peer${sid}`, 'netns', String(holder.pid));
    this.inside(sid, 'link', 'set', `peer${sid}`, 'name', 'eth', 'address', cardOf(sid));
    this.inside(sid, 'address', 'add', `${this.hostOf(sid)}/24`, 'dev', 'eth');
    this.inside(sid, 'link', 'set', 'lo', 'up');
    this.inside(sid, 'link', 'set', 'eth', 'up');
  }

  private inside(sid: number, ...command: string[]): void {
    const [program = '', ...rest] = this.prefixOf(sid);
    run(program, ...rest, 'ip', ...command);
  }
}

function cardOf(sid: number): string {
  return `02:00:00:00:01:${sid.toString(16).padStart(2, '0')}`;
}

function awaitNamespace(pid: number): void {
  const own = namespaceOf('self');
  for (let tries = 0; namespaceOf(String(pid)) === own; tries++) {
    if (tries > 500) throw new Error(`process ${pid} has no network namespace of its own`);
    run('sleep', '0.01');
  }
}

function namespaceOf(process: string): string {
  return execFileSync('readlink', [`/proc/${process}/ns/net`], { encoding: 'utf8' });
}

function run(program: string, ...rest: string[]): void {
  execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
}
