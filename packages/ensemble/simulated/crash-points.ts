/**
 * Places in what a server does at which it can be made to die, or to stand still: each is reached before and after something
 * that others, or the server's own next life, may rely on. They are told from outside, by the outputs of the state machine and
 * by what storage asks of the disk, so the program under test knows nothing of them.
 */
import type { DiskOperation } from '@vivarium/simulation/disk';
import { packetName } from '@vivarium/wire/quorum-packet';
import type { Input, Output } from '../core/io.ts';
import { INITIALIZE, isTemporary, logsAmong, snapshotsAmong, VERSION_DIRECTORY } from '../storage/file-names.ts';

/** Whether something is about to be done or has just been done. */
export type Stage = 'before' | 'after';

/** What storage is busy with; the same operations mean other things in each. */
export type StoragePhase = 'running' | 'recovering' | 'truncating';

const MACHINE_POINTS = [
  // What is durable and what is not: asked for, and known to be done.
  'persist append',
  'persist acceptedEpoch',
  'persist currentEpoch',
  'persist installSnapshot',
  'persist settle',
  'persist proposedConfiguration',
  'persist committedConfiguration',
  'persisted',
  'truncate',
  'truncated',
  'takeSnapshot',
  'snapshotReceived',
  'sendSnapshot',
  // Transactions applied, before anybody sees it, and after; answers to clients.
  'apply',
  'reply',
  // Every packet, at both of its ends.
  'sendNotification',
  ...[
    ...['FOLLOWERINFO', 'OBSERVERINFO', 'LEADERINFO', 'ACKEPOCH', 'DIFF', 'TRUNC', 'SNAP', 'NEWLEADER', 'UPTODATE'],
    ...['REQUEST', 'PROPOSAL', 'ACK', 'COMMIT', 'INFORM', 'PING', 'REVALIDATE', 'SYNC'],
    ...['COMMITANDACTIVATE', 'INFORMANDACTIVATE'],
  ].flatMap((name) => [`send ${name}`, `receive ${name}`]),
];

/** A file that takes the place of another: written beside it, synced, renamed. */
function replaced(file: string, context = ''): string[] {
  const steps = [`create ${file}.tmp`, `write head of ${file}.tmp`, `sync ${file}.tmp`, `rename ${file}`];
  return steps.map((step) => step + context);
}

const DISK_POINTS = [
  ...['create log', 'write head of log', 'write log', 'setLength log', 'sync log'],
  // Of a snapshot the head and, behind it, the seal.
  ...replaced('snapshot'),
  'write snapshot.tmp',
  ...replaced('installing'),
  'write installing.tmp',
  ...replaced('acceptedEpoch'),
  ...replaced('currentEpoch'),
  ...replaced('configuration'),
  ...['remove log', 'remove snapshot', 'remove snapshot.tmp', 'syncDirectory names'],
  // A log that is cut back. Snapshots of ours hold nothing that can be cut, so that none is removed with it.
  ...['setLength log', 'write log', 'sync log', 'remove log', 'syncDirectory names'].map(
    (step) => `${step}, truncating`,
  ),
  // The repairs of a recovery: the first snapshot, a torn tail, what was left behind, an installation that was begun.
  ...replaced('snapshot', ', recovering'),
  ...replaced('currentEpoch', ', recovering'),
  ...[
    ...['write snapshot.tmp', 'setLength log', 'write log', 'sync log', 'remove log', 'remove snapshot'],
    ...['remove snapshot.tmp', 'remove acceptedEpoch.tmp', 'remove currentEpoch.tmp', 'remove installing.tmp'],
    ...['remove initialize', 'syncDirectory names'],
  ].map((step) => `${step}, recovering`),
];

/** Every point, by the name under which it is armed: what a server that is in the middle of it has promised, or will find. */
export const CRASH_POINTS: readonly string[] = [...MACHINE_POINTS, ...DISK_POINTS].flatMap((point) => [
  `before ${point}`,
  `after ${point}`,
]);

/** The point of an output, or null where nothing can be relied upon that it does. */
export function pointOfOutput(output: Output): string | null {
  switch (output.kind) {
    case 'persist':
      return `persist ${output.write.kind}`;
    case 'sendPacket':
      return `send ${packetName(output.packet.type)}`;
    case 'sendNotification':
    case 'sendSnapshot':
    case 'truncate':
    case 'takeSnapshot':
      return output.kind;
    case 'sendClient':
      return 'reply';
    default:
      return null;
  }
}

/** The point of an input, likewise. */
export function pointOfInput(input: Input): string | null {
  switch (input.kind) {
    case 'packet':
      return `receive ${packetName(input.packet.type)}`;
    case 'persisted':
    case 'truncated':
    case 'snapshotReceived':
      return input.kind;
    default:
      return null;
  }
}

/** Names the points of one server's disks. */
export class DiskPoints {
  /** The file whose head has not been written yet. */
  private fresh: string | null = null;
  /** Set by whoever knows it. */
  phase: StoragePhase = 'running';

  /** The point of an operation. */
  name(operation: DiskOperation, path: string, stage: Stage): string {
    const head = operation === 'write' && path === this.fresh;
    if (operation === 'create' && stage === 'after') this.fresh = path;
    else if (head && stage === 'after') this.fresh = null;
    const file = fileKind(path);
    // A snapshot that is being written beside it has nothing to do with a truncation.
    const concerned = this.phase === 'recovering' || (this.phase === 'truncating' && /^(log|names)$/.test(file));
    return `${operation}${head ? ' head of' : ''} ${file}${concerned ? `, ${this.phase}` : ''}`;
  }
}

/** What kind of file a path names. */
function fileKind(path: string): string {
  if (path === VERSION_DIRECTORY || path === '') return 'names';
  if (path === INITIALIZE) return path;
  const name = path.slice(VERSION_DIRECTORY.length + 1);
  if (logsAmong([name]).length > 0) return 'log';
  if (snapshotsAmong([name]).length > 0) return 'snapshot';
  if (name.endsWith('.installing')) return 'installing';
  if (name.endsWith('.installing.tmp')) return 'installing.tmp';
  return isTemporary(name) && name.startsWith('snapshot') ? 'snapshot.tmp' : name;
}
