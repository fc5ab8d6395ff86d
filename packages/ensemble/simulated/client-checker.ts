/** What the ensemble promises its clients, held against what they were answered. */
import { formatHex, type Zxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { decodeTxn } from '@vivarium/wire/txn';
import type { Database } from '../core/database.ts';
import type { HistoryChecker } from './history-checker.ts';
import type { Violations } from './violations.ts';

/** A write that was answered, with the transaction that it was told to be. */
interface AckedWrite {
  readonly client: string;
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly zxid: Zxid;
  readonly err: number;
  /** The newest write that any client had been answered when this one was sent. */
  readonly afterZxid?: Zxid;
}

/** A node that only one client writes: whatever it was answered must be there at the end. */
interface OwnNode {
  readonly client: string;
  /** The session that an ephemeral node goes with; null for others. */
  readonly sessionId: bigint | null;
  /** Version by the last write that was answered; others may have happened unseen. */
  version: number;
  /** A delete was sent, whatever became of it. */
  perhapsDeleted: boolean;
}

export class ClientChecker {
  /** Writes that were answered. */
  readonly acked: AckedWrite[] = [];
  /** Every zxid that a client has seen in an answer. */
  private readonly observed = new Map<Zxid, string>();
  private readonly own = new Map<string, OwnNode>();
  private readonly expired = new Set<bigint>();
  private readonly violations: Violations;

  constructor(violations: Violations) {
    this.violations = violations;
  }

  /** SingleSystemImage: within a session zxids never fall, whichever server answers. */
  answered(client: string, zxid: Zxid, lastZxid: Zxid): void {
    this.violations.expect(zxid >= lastZxid, 'SingleSystemImage', () => {
      return `${client} saw ${formatHex(lastZxid)} and then ${formatHex(zxid)}`;
    });
    this.observed.set(zxid, client);
  }

  /** The zxid of the newest write that any client was answered. */
  newestAcked: Zxid = 0n;

  /** LinearizableWrites: a write that began after another was answered comes behind it. */
  write(acked: AckedWrite): void {
    this.acked.push(acked);
    const { zxid, afterZxid = 0n } = acked;
    this.violations.expect(zxid > afterZxid, 'LinearizableWrites', () => {
      return `${acked.client}'s write ${formatHex(zxid)} was sent after ${formatHex(afterZxid)} had been answered`;
    });
    if (zxid > this.newestAcked) this.newestAcked = zxid;
  }

  created(path: string, node: { client: string; sessionId: bigint | null }): void {
    this.own.set(path, { ...node, version: 0, perhapsDeleted: false });
  }

  /** `version`: as the answer told it. */
  changed(path: string, version: number): void {
    const node = this.own.get(path);
    if (node === undefined) return;
    this.violations.expect(version > node.version, 'LinearizableWrites', () => {
      return `${path} had version ${node.version} and then ${version}`;
    });
    node.version = version;
  }

  deleteSent(path: string): void {
    const node = this.own.get(path);
    if (node !== undefined) node.perhapsDeleted = true;
  }

  /** ReadYourWrites: what a client's own write was answered, its later reads show. `version` null: no such node. */
  readBack(path: string, version: number | null): void {
    const node = this.own.get(path);
    if (node === undefined || node.perhapsDeleted) return;
    if (node.sessionId !== null && this.expired.has(node.sessionId)) return;
    this.violations.expect(version !== null && version >= node.version, 'ReadYourWrites', () => {
      return `${node.client} reads version ${version} of ${path} behind its own ${node.version}`;
    });
  }

  sessionExpired(sessionId: bigint): void {
    this.expired.add(sessionId);
  }

  /** At the end of a run, when all servers have the same state. */
  finish(history: HistoryChecker, database: Database): void {
    for (const [zxid, client] of this.observed) {
      const counted = (zxid & 0xffffffffn) !== 0n;
      this.violations.expect(!counted || history.isCommitted(zxid), 'Durability', () => {
        return `${client} was shown ${formatHex(zxid)}, which is lost`;
      });
    }
    for (const write of this.acked) this.checkWrite(history, write);
    for (const [path, node] of this.own) this.checkOwn(database, path, node);
    this.checkEphemerals(database);
  }

  /** Durability: the transaction that a client was told of is in the history, and is the client's own. */
  private checkWrite(history: HistoryChecker, write: AckedWrite): void {
    const name = `${write.client}'s write ${write.cxid} of session ${formatHex(write.sessionId)}`;
    const bytes = history.txns.get(write.zxid);
    if (bytes === undefined || !history.isCommitted(write.zxid)) {
      this.violations.add('Durability', `${name} was acknowledged as ${formatHex(write.zxid)} and is lost`);
      return;
    }
    const { header, txn } = decodeTxn(bytes);
    const isOwn = header.sessionId === write.sessionId && header.cxid === write.cxid;
    const isRight = (txn.type === OpCode.error) === (write.err !== 0);
    if (!isOwn || !isRight) {
      this.violations.add(
        'Agreement',
        `${name} was acknowledged as ${formatHex(write.zxid)}, which is another transaction`,
      );
    }
  }

  private checkOwn(database: Database, path: string, node: OwnNode): void {
    if (node.perhapsDeleted) return;
    if (node.sessionId !== null && !database.sessions.has(node.sessionId)) return;
    const version = database.tree.get(path)?.version;
    if (version === undefined || version < node.version) {
      this.violations.add('Durability', `${path} was acknowledged with version ${node.version}, and is at ${version}`);
    }
  }

  /** EphemeralConsistency: an ephemeral exists exactly as long as its session. */
  private checkEphemerals(database: Database): void {
    for (const sessionId of database.tree.ephemeralOwners()) {
      this.violations.expect(database.sessions.has(sessionId), 'EphemeralConsistency', () => {
        return `session ${formatHex(sessionId)} is over and its ephemerals are there`;
      });
    }
  }
}
