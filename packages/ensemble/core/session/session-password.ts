/**
 * Passwords of sessions as Apache derives them from the id (Java `SessionTrackerImpl`, `ZooKeeperServer.generatePasswd`):
 * `java.util.Random(id XOR 0xB3415C00).nextBytes(16)`, the same on every server, so that a session can move.
 */
const SECRET = 0xb3415c00n;
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;

export const PASSWORD_BYTES = 16;

/** The password of a session. */
export function sessionPassword(sessionId: bigint): Uint8Array {
  const password = new Uint8Array(PASSWORD_BYTES);
  let state = (BigInt.asUintN(64, sessionId ^ SECRET) ^ MULTIPLIER) & MASK;
  for (let i = 0; i < PASSWORD_BYTES; i += 4) {
    state = (state * MULTIPLIER + INCREMENT) & MASK;
    const word = Number(state >> 16n) | 0;
    for (let k = 0; k < 4; k++) password[i + k] = (word >> (8 * k)) & 0xff;
  }
  return password;
}

/** Whether a client's password is the session's; takes as long for a wrong one as for a right one. */
export function isPassword(sessionId: bigint, password: Uint8Array): boolean {
  const right = sessionPassword(sessionId);
  if (password.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < right.length; i++) difference |= (right[i] ?? 0) ^ (password[i] ?? 0);
  return difference === 0;
}
