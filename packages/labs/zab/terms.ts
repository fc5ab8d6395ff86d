/** How zxids, transactions and packets are written on a board. */
import { counterOf, epochOf, ZXID_UNKNOWN, type Zxid } from '@vivarium/shared/zxid';
import { type Notification, ServerState } from '@vivarium/wire/election';
import { JuteError, JuteReader } from '@vivarium/wire/jute';
import { OpCode, opName } from '@vivarium/wire/op-code';
import {
  decodeForwardedRequest,
  decodeInt,
  PacketType,
  packetName,
  type QuorumPacket,
} from '@vivarium/wire/quorum-packet';
import { decodeTxn, type Txn } from '@vivarium/wire/txn';

/** Epoch and counter, both in hex as everywhere in the application: `1·63` is (1, 99). */
export function zxidTerm(zxid: Zxid): string {
  return zxid === ZXID_UNKNOWN ? '?' : `${epochOf(zxid).toString(16)}·${counterOf(zxid).toString(16)}`;
}

/** The name of a server by its sid. */
export function serverName(sid: number | bigint): string {
  return `S${sid}`;
}

/** What a transaction does: `create /a`. */
function txnTerm(txn: Txn): string {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
      return `create ${txn.ephemeral ? 'ephemeral ' : ''}${txn.path}`;
    case OpCode.setData:
      return `set ${txn.path}`;
    case OpCode.createSession:
      return 'createSession';
    case OpCode.closeSession:
      return `closeSession${(txn.paths ?? []).map((path) => ` ${path}`).join('')}`;
    default:
      return 'path' in txn ? `${opName(txn.type)} ${txn.path}` : opName(txn.type);
  }
}

/** A transaction by its bytes. */
export function loggedTerm(bytes: Uint8Array): string {
  return txnTerm(decodeTxn(bytes).txn);
}

const NOBODY = -(1n << 63n);
const STATES: Readonly<Record<number, string>> = {
  [ServerState.LOOKING]: 'LOOKING',
  [ServerState.FOLLOWING]: 'FOLLOWING',
  [ServerState.LEADING]: 'LEADING',
  [ServerState.OBSERVING]: 'OBSERVING',
};

/** The state in a notification. */
export function stateTerm(state: number): string {
  return STATES[state] ?? String(state);
}

/** `Notification(leader 2, zxid 1·63, epoch 1)`; with the state, where its sender looks for nobody. */
export function notificationTerm({ leader, zxid, peerEpoch, state }: Notification): string {
  if (leader === NOBODY) return 'Notification(no vote)';
  const vote = `leader ${leader}, zxid ${zxidTerm(zxid)}, epoch ${peerEpoch}`;
  return state === ServerState.LOOKING ? `Notification(${vote})` : `Notification(${vote}, ${stateTerm(state)})`;
}

/** `PROPOSAL(1·3 create /a)`. */
export function packetTerm(packet: QuorumPacket): string {
  const name = packetName(packet.type);
  switch (packet.type) {
    case PacketType.PROPOSAL:
    case PacketType.INFORM:
      return `${name}(${zxidTerm(packet.zxid)} ${packet.data === null ? '' : loggedTerm(packet.data)})`;
    case PacketType.ACK:
    case PacketType.COMMIT:
    case PacketType.NEWLEADER:
    case PacketType.TRUNC:
    case PacketType.DIFF:
    case PacketType.SNAP:
      return `${name}(${zxidTerm(packet.zxid)})`;
    case PacketType.LEADERINFO:
      return `LEADERINFO(${epochOf(packet.zxid)})`;
    case PacketType.FOLLOWERINFO:
    case PacketType.OBSERVERINFO:
      return `${name}(${epochOf(packet.zxid)})`;
    case PacketType.ACKEPOCH:
      return `ACKEPOCH(${zxidTerm(packet.zxid)}, ${epochInAck(packet)})`;
    case PacketType.REQUEST:
      return `REQUEST(${forwardedTerm(packet)})`;
    default:
      return name;
  }
}

/** The current epoch in an ACKEPOCH; -1 from who had promised the epoch before. */
function epochInAck(packet: QuorumPacket): string {
  const epoch = decodeInt(packet.data);
  return epoch < 0 ? '–' : String(epoch);
}

function forwardedTerm(packet: QuorumPacket): string {
  if (packet.data === null) return '';
  const { type, record } = decodeForwardedRequest(packet.data);
  return requestTerm(type, record);
}

/** A request by its type and record: `create /a`. */
function requestTerm(type: OpCode, record: Uint8Array): string {
  const pathless: readonly OpCode[] = [OpCode.createSession, OpCode.closeSession, OpCode.ping];
  if (pathless.includes(type)) return opName(type);
  try {
    const path = new JuteReader(record).string() ?? '';
    const word = type === OpCode.create2 ? 'create' : type === OpCode.setData ? 'set' : opName(type);
    return `${word} ${path}`;
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return opName(type);
  }
}
