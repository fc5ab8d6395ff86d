/** Types of requests and of transactions (Java `ZooDefs.OpCode`). */
export const OpCode = {
  closeSession: -11,
  createSession: -10,
  error: -1,
  notification: 0,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getACL: 6,
  setACL: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  checkWatches: 17,
  removeWatches: 18,
  createContainer: 19,
  deleteContainer: 20,
  createTTL: 21,
  multiRead: 22,
  auth: 100,
  setWatches: 101,
  sasl: 102,
  getEphemerals: 103,
  getAllChildrenNumber: 104,
  setWatches2: 105,
  addWatch: 106,
  whoAmI: 107,
} as const;

/** One of the types of `OpCode`, or one that nobody knows. */
export type OpCode = number;

const NAMES = new Map<number, string>(Object.entries(OpCode).map(([name, code]) => [code, name]));

/** The name of a type, or `unknown(n)`. */
export function opName(type: OpCode): string {
  return NAMES.get(type) ?? `unknown(${type})`;
}
