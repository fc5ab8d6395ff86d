/** Changes the simulated ensemble while everything else happens to it: servers join and leave, and change their role. */
import type { Random } from '@vivarium/shared/random';
import type { Connection } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { readReplyHeader } from '@vivarium/wire/replies';
import { encodeRequest, type ReconfigRequest } from '@vivarium/wire/requests';
import type { Member, PeerType } from '../core/io.ts';
import type { Configuration } from '../core/membership/configuration.ts';
import { asBytes, Port, serverName } from './messages.ts';

export interface ReconfigurerOptions {
  /** All servers that there are, in the ensemble or not. */
  readonly servers: readonly number[];
  readonly everyMs: number;
  readonly random: Random;
}

/** What it looks at, and whom it tells. */
export interface ReconfigurerWatch {
  /** The newest configuration that any server knows to be in force, and the leader's sid where there is one. */
  state(): { readonly configuration: Configuration; readonly leader: number | null } | null;
  /** A reconfiguration was answered: it is the transaction with this zxid. */
  acknowledged(zxid: bigint): void;
  readonly note: (text: string) => void;
}

const MIN_VOTERS = 2;
const MAX_VOTERS = 5;
const SESSION_TIMEOUT_MS = 2000;
/** How long an answer is waited for. */
const PATIENCE_MS = 3000;

/** The line of a server in every configuration that has it. */
export function memberOf(sid: number, role: PeerType): Member {
  return { sid, role, spec: `${serverName(sid)}:2888:3888:${role};0.0.0.0:2181` };
}

export class Reconfigurer {
  private readonly host: Host;
  private readonly options: ReconfigurerOptions;
  private readonly watch: ReconfigurerWatch;
  private readonly random: Random;
  /** Whether it still asks for changes. */
  active = true;

  constructor(host: Host, options: ReconfigurerOptions, watch: ReconfigurerWatch) {
    this.host = host;
    this.options = options;
    this.watch = watch;
    this.random = options.random;
    this.next();
  }

  /** Asks for nothing from now on; what is under way still happens, or not. */
  stop(): void {
    this.active = false;
  }

  private next(): void {
    this.host.after(this.random.between(1, 2 * this.options.everyMs), () => {
      const state = this.active ? this.watch.state() : null;
      const request = state === null ? null : this.choose(state.configuration, state.leader);
      if (request === null) {
        if (this.active) this.next();
        return;
      }
      this.watch.note(`reconfigures: +${request.joining ?? ''} -${request.leaving ?? ''} =${request.newMembers ?? ''}`);
      this.ask(this.random.pick(this.options.servers), request);
    });
  }

  /** A change at random that leaves enough voters, or null. */
  private choose(configuration: Configuration, leader: number | null): ReconfigRequest | null {
    if (this.random.chance(0.4)) return this.replaceAll(configuration);
    const roles = new Map(configuration.members.map(({ sid, role }) => [sid, role]));
    const removeLeader = leader !== null && this.random.chance(0.25);
    const sid = removeLeader ? leader : this.random.pick(this.options.servers);
    const role: PeerType | undefined = this.random.pick([undefined, 'participant', 'participant', 'observer']);
    if (role === roles.get(sid)) return null;
    if (role === undefined) roles.delete(sid);
    else roles.set(sid, role);
    const voters = [...roles].filter(([, each]) => each === 'participant').map(([each]) => each);
    if (voters.length < MIN_VOTERS || voters.length > MAX_VOTERS) return null;
    const none = { type: OpCode.reconfig, joining: null, leaving: null, newMembers: null, curConfigId: -1n } as const;
    if (configuration.groups === null && this.random.chance(0.7)) {
      const { spec } = memberOf(sid, role ?? 'participant');
      return role === undefined ? { ...none, leaving: `${sid}` } : { ...none, joining: `server.${sid}=${spec}` };
    }
    return this.newMembers(configuration, roles);
  }

  /** Voters chosen anew among all servers: quorums before and after need have nobody in common. */
  private replaceAll(configuration: Configuration): ReconfigRequest {
    const left = [...this.options.servers];
    const roles = new Map<number, PeerType>();
    const voters = this.random.between(MIN_VOTERS, Math.min(left.length, 4));
    while (roles.size < voters) {
      const sid = this.random.pick(left);
      left.splice(left.indexOf(sid), 1);
      roles.set(sid, 'participant');
    }
    return this.newMembers(configuration, roles);
  }

  private newMembers({ version }: Configuration, roles: ReadonlyMap<number, PeerType>): ReconfigRequest {
    const lines = [...roles].map(([sid, role]) => `server.${sid}=${memberOf(sid, role).spec}`);
    const voters = [...roles].filter(([, role]) => role === 'participant').map(([sid]) => sid);
    if (this.random.chance(0.3)) lines.push(...groupLines(voters));
    return { type: OpCode.reconfig, joining: null, leaving: null, newMembers: lines.join(','), curConfigId: version };
  }

  private ask(sid: number, request: ReconfigRequest): void {
    let open: Connection | null = null;
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      open?.close();
      if (this.active) this.next();
    };
    this.host.after(PATIENCE_MS, finish);
    this.host.dial(serverName(sid), Port.client, {
      opened: (connection) => {
        open = connection;
        const session = { sessionId: 0n, password: new Uint8Array(16), lastZxidSeen: 0n, readOnly: false };
        connection.send(encodeConnectRequest({ protocolVersion: 0, timeoutMs: SESSION_TIMEOUT_MS, ...session }));
        let connected = false;
        return {
          message: (message) => {
            const frame = asBytes(message).subarray(4);
            if (!connected) {
              connected = decodeConnectResponse(frame).timeoutMs > 0;
              if (connected) connection.send(encodeRequest(1, request));
              return;
            }
            const header = readReplyHeader(new JuteReader(frame));
            this.watch.note(`reconfiguration: ${header.err}`);
            if (header.err === 0) this.watch.acknowledged(header.zxid);
            finish();
          },
          closed: finish,
        };
      },
      failed: finish,
    });
  }
}

/** Two groups, both of which are needed for a quorum. */
function groupLines(voters: readonly number[]): string[] {
  const half = Math.ceil(voters.length / 2);
  return [`group.1=${voters.slice(0, half).join(':')}`, `group.2=${voters.slice(half).join(':')}`];
}
