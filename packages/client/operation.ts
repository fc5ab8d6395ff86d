/** One operation of a caller: its request, the promise of its result, and its deadline. */
import { ErrorCode } from '@vivarium/shared/error-code';
import { JuteError, type JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { type ReplyBody, type ReplyHeader, readReplyBody } from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, Xid } from '@vivarium/wire/requests';
import type { Exchange } from './connection.ts';
import { ClientError, ConnectionLossError, OperationTimeoutError, ZooKeeperError } from './errors.ts';

/** What every operation takes. */
export interface OperationOptions {
  /** How long the caller waits, in ms; the client's default otherwise. */
  readonly deadlineMs?: number | undefined;
  /** Rejects the promise with the signal's reason. A write that had been sent may still be carried out. */
  readonly signal?: AbortSignal | undefined;
}

export interface OperationSpec<T> {
  readonly request: ClientRequest;
  /** As the caller gave it; null where the operation has none. */
  readonly path: string | null;
  /** Whether it may be sent again after a loss: it changes nothing, or nothing more the second time. */
  readonly repeatable: boolean;
  /** Makes the result of a reply, whose body is null where `err` is not OK. May throw a `ZooKeeperError`. */
  readonly result: (err: ErrorCode, body: ReplyBody | null) => T;
}

export class Operation<T = unknown> implements Exchange {
  readonly spec: OperationSpec<T>;
  readonly frame: Uint8Array;
  readonly xid: typeof Xid.auth | null;
  readonly promise: Promise<T>;
  /** Called when the promise is settled, however it came to that. */
  onSettled: () => void = () => {};
  private readonly settle: PromiseWithResolvers<T>;
  private readonly timer: NodeJS.Timeout;
  private readonly signal: AbortSignal | undefined;
  private settled = false;
  private sent = false;

  /** The deadline runs from now on. */
  constructor(spec: OperationSpec<T>, deadlineMs: number, signal: AbortSignal | undefined) {
    this.spec = spec;
    this.frame = encodeRequest(0, spec.request);
    this.xid = spec.request.type === OpCode.auth ? Xid.auth : null;
    this.settle = Promise.withResolvers();
    this.promise = this.settle.promise;
    this.timer = setTimeout(() => this.reject(new OperationTimeoutError(spec.path, this.mayHaveExecuted)), deadlineMs);
    this.signal = signal;
    signal?.addEventListener('abort', this.aborted);
    if (signal?.aborted) this.aborted();
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** The request leaves: from now on a write may be carried out. */
  markSent(): void {
    this.sent = true;
  }

  answered(header: ReplyHeader, body: JuteReader): void {
    const { request, result } = this.spec;
    const record = header.err === ErrorCode.OK ? readReplyBody(request.type, body) : null;
    if (this.settled) return;
    try {
      const value = result(header.err, record);
      this.finish();
      this.settle.resolve(value);
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      this.reject(error);
    }
  }

  unreadable(fault: 'replyTooLarge' | 'badReply', limit: number | null, cause?: unknown): void {
    this.reject(new ClientError(fault, this.spec.path, limit, cause));
  }

  /** The connection is gone, and the operation will not be sent again. */
  lost(): void {
    this.reject(new ConnectionLossError(this.spec.path, this.mayHaveExecuted));
  }

  /** Settles the promise; nothing happens if it has been. */
  reject(error: unknown): void {
    if (this.settled) return;
    this.finish();
    this.settle.reject(error);
  }

  private get mayHaveExecuted(): boolean {
    return this.sent && !this.spec.repeatable;
  }

  private readonly aborted = (): void => this.reject(this.signal?.reason);

  private finish(): void {
    this.settled = true;
    clearTimeout(this.timer);
    this.signal?.removeEventListener('abort', this.aborted);
    this.onSettled();
  }
}

/** The body of a reply without an error; throws the error of one with it. */
export function success(err: ErrorCode, body: ReplyBody | null, path: string | null): ReplyBody {
  if (body === null) throw new ZooKeeperError(err, path);
  return body;
}

/** The body, which is of the kind that the request is answered with. Throws `JuteError`. */
export function expectKind<K extends ReplyBody['kind']>(body: ReplyBody, kind: K): Extract<ReplyBody, { kind: K }> {
  if (body.kind !== kind) throw new JuteError(`a reply of kind ${body.kind}, not ${kind}`);
  return body as Extract<ReplyBody, { kind: K }>;
}
