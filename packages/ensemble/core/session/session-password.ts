/**
 * Passwords of sessions. They come from the session's id alone, the same on every server, so that a session can move without
 * anybody having to remember it.
 */
import { hmacSha256 } from '@vivarium/shared/sha256';

/**
 * Which passwords are given out and which are taken. `apache`: gives out Apache's derivation, which anybody can work out from
 * an id; takes keyed ones too where there is a key. `migrating`: gives out keyed ones, takes both. `keyed`: keyed ones only,
 * which nobody can guess without the key. A client takes over the password of each ConnectResponse: so an ensemble goes from
 * one rule to the next server by server, and no session is lost as long as each step is a neighbour of the former.
 */
export type SessionPasswordRule =
  | { readonly issue: 'apache'; readonly key: Uint8Array | null }
  | { readonly issue: 'migrating' | 'keyed'; readonly key: Uint8Array };

/** Java `java.util.Random`, and the secret of `SessionTrackerImpl` and `ZooKeeperServer.generatePasswd`, which is none. */
const SECRET = 0xb3415c00n;
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;

export const PASSWORD_BYTES = 16;

/** The password that the client of a session is told. */
export function issuedPassword(rule: SessionPasswordRule, sessionId: bigint): Uint8Array {
  return rule.issue === 'apache' ? apachePassword(sessionId) : keyedPassword(rule.key, sessionId);
}

/** Whether a client's password is the session's by the rule; takes as long for a wrong one as for a right one. */
export function isPassword(rule: SessionPasswordRule, sessionId: bigint, password: Uint8Array): boolean {
  const keyed = rule.key !== null && isEqual(keyedPassword(rule.key, sessionId), password);
  const apache = rule.issue !== 'keyed' && isEqual(apachePassword(sessionId), password);
  return keyed || apache;
}

/** As Apache derives it: `java.util.Random(id XOR 0xB3415C00).nextBytes(16)`. */
export function apachePassword(sessionId: bigint): Uint8Array {
  const password = new Uint8Array(PASSWORD_BYTES);
  let state = (BigInt.asUintN(64, sessionId ^ SECRET) ^ MULTIPLIER) & MASK;
  for (let i = 0; i < PASSWORD_BYTES; i += 4) {
    state = (state * MULTIPLIER + INCREMENT) & MASK;
    const word = Number(state >> 16n) | 0;
    for (let k = 0; k < 4; k++) password[i + k] = (word >> (8 * k)) & 0xff;
  }
  return password;
}

/** The first half of HMAC-SHA-256 over the id, eight bytes big-endian. */
function keyedPassword(key: Uint8Array, sessionId: bigint): Uint8Array {
  const id = new Uint8Array(8);
  new DataView(id.buffer).setBigInt64(0, sessionId);
  return hmacSha256(key, id).subarray(0, PASSWORD_BYTES);
}

function isEqual(right: Uint8Array, password: Uint8Array): boolean {
  if (password.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < right.length; i++) difference |= (right[i] ?? 0) ^ (password[i] ?? 0);
  return difference === 0;
}
