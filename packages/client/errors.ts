/** What operations reject with. Each error says in code and parameters what became of the operation. */
import { ErrorCode, errorName } from '@vivarium/shared/error-code';
import type { MultiResult } from '@vivarium/wire/replies';

/** An error of the protocol, mostly one that the server answered (Java `KeeperException`). */
export class ZooKeeperError extends Error {
  override name = 'ZooKeeperError';
  readonly code: ErrorCode;
  /** The code's name, such as `NONODE`. */
  readonly codeName: string;
  /** The path as the caller gave it; null where the operation has none. */
  readonly path: string | null;

  constructor(code: ErrorCode, path: string | null) {
    super(path === null ? errorName(code) : `${errorName(code)} for ${path}`);
    this.code = code;
    this.codeName = errorName(code);
    this.path = path;
  }
}

/** The connection was lost before the answer came (CONNECTIONLOSS). Only writes end so: reads are sent again. */
export class ConnectionLossError extends ZooKeeperError {
  override name = 'ConnectionLossError';
  /** False where the request never left this process; true where the server may have carried it out. */
  readonly mayHaveExecuted: boolean;

  constructor(path: string | null, mayHaveExecuted: boolean) {
    super(ErrorCode.CONNECTIONLOSS, path);
    this.mayHaveExecuted = mayHaveExecuted;
  }
}

/** The operation's deadline passed before the answer came (OPERATIONTIMEOUT). */
export class OperationTimeoutError extends ZooKeeperError {
  override name = 'OperationTimeoutError';
  /** Whether it is a write that had been sent. */
  readonly mayHaveExecuted: boolean;

  constructor(path: string | null, mayHaveExecuted: boolean) {
    super(ErrorCode.OPERATIONTIMEOUT, path);
    this.mayHaveExecuted = mayHaveExecuted;
  }
}

/** A multi of which nothing was done. Its code is that of the operation at fault, whose place is `index`. */
export class MultiError extends ZooKeeperError {
  override name = 'MultiError';
  readonly index: number;
  /** Of each operation: OK before the one at fault, RUNTIMEINCONSISTENCY after it. */
  readonly codes: readonly ErrorCode[];

  constructor(code: ErrorCode, path: string | null, index: number, codes: readonly ErrorCode[]) {
    super(code, path);
    this.index = index;
    this.codes = codes;
  }

  /** The error in a reply's results, or null where all went well. `paths`: of the operations, in their order. */
  static of(results: readonly MultiResult[], paths: readonly string[]): MultiError | null {
    const codes = results.map((result) => ('err' in result ? result.err : ErrorCode.OK));
    const index = codes.findIndex((code) => code !== ErrorCode.OK && code !== ErrorCode.RUNTIMEINCONSISTENCY);
    const code = codes[index];
    return code === undefined ? null : new MultiError(code, paths[index] ?? null, index, codes);
  }
}

/**
 * What this client itself refuses: `closed` (or not started), `queueFull`, `requestTooLarge`, `replyTooLarge` (in bytes,
 * `limit` being what is allowed) and `badReply`, bytes that are not the record that they should be.
 */
export type ClientFault = 'closed' | 'queueFull' | 'requestTooLarge' | 'replyTooLarge' | 'badReply';

/** An operation that failed in this client, whatever the server thinks of it. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly fault: ClientFault;
  readonly path: string | null;
  /** The limit that was passed, if it was one. */
  readonly limit: number | null;

  constructor(fault: ClientFault, path: string | null, limit: number | null = null, cause?: unknown) {
    super(limit === null ? fault : `${fault}: the limit is ${limit}`, { cause });
    this.fault = fault;
    this.path = path;
    this.limit = limit;
  }
}
