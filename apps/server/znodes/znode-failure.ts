import { ClientError, ConnectionLossError, OperationTimeoutError, ZooKeeperError } from '@vivarium/client/errors';
import { MAX_REQUEST_BYTES } from '@vivarium/shared/contract/limits';
import { ErrorCode } from '@vivarium/shared/error-code';
import { parentOf } from '@vivarium/shared/path';
import { apiFailure } from '../api-failure.ts';

/** What was being done to which znode. */
export interface ZnodeOperation {
  readonly kind: 'read' | 'create' | 'write' | 'delete';
  readonly path: string;
  /** The version that was asked for. */
  readonly version?: number;
  /** Whom the client was connected to when it began. */
  readonly server: string | null;
  /** Whether it is connected now. */
  readonly connected: boolean;
  readonly deadlineMs: number;
}

/** What whoever asked is told of an error of the client; any other error stays what it is. */
export function znodeFailure(error: unknown, operation: ZnodeOperation): unknown {
  if (error instanceof OperationTimeoutError) {
    const ms = operation.deadlineMs;
    return operation.connected
      ? apiFailure('timeout', { ms })
      : apiFailure('noService', { reason: `no connection within ${ms} ms` });
  }
  if (error instanceof ConnectionLossError) {
    if (error.mayHaveExecuted) return apiFailure('connectionLost', { server: operation.server ?? 'ZooKeeper' });
    return apiFailure('noService', { reason: 'the connection was lost' });
  }
  if (error instanceof ZooKeeperError) return answeredFailure(error, operation);
  if (error instanceof ClientError) return clientFailure(error, operation);
  return error;
}

function answeredFailure(error: ZooKeeperError, { kind, path, version = -1, server }: ZnodeOperation): Error {
  const { code, codeName } = error;
  const parent = parentOf(path);
  switch (code) {
    case ErrorCode.NONODE:
      return kind === 'create' ? apiFailure('noParent', { parent, path }) : apiFailure('noNode', { path });
    case ErrorCode.NODEEXISTS:
      return apiFailure('nodeExists', { path });
    case ErrorCode.NOTEMPTY:
      return apiFailure('notEmpty', { path });
    case ErrorCode.BADVERSION:
      return apiFailure('badVersion', { path, expected: version });
    case ErrorCode.NOAUTH:
      // To create and to delete are permissions of the parent.
      return apiFailure('noAuth', { path: kind === 'create' || kind === 'delete' ? parent : path });
    case ErrorCode.NOCHILDRENFOREPHEMERALS:
      return apiFailure('noChildrenForEphemerals', { parent });
    case ErrorCode.INVALIDACL:
      return apiFailure('invalidAcl');
    case ErrorCode.NOTREADONLY:
      return apiFailure('noQuorum', { server: server ?? 'ZooKeeper' });
    case ErrorCode.AUTHFAILED:
      return apiFailure('noService', { reason: 'the credentials were refused' });
    case ErrorCode.SESSIONEXPIRED:
      return apiFailure('noService', { reason: 'the session has expired' });
    default:
      return apiFailure('zookeeper', { name: codeName, path });
  }
}

function clientFailure({ fault, limit }: ClientError, { path }: ZnodeOperation): Error {
  switch (fault) {
    case 'closed':
      return apiFailure('noService', { reason: 'the session is closed' });
    case 'queueFull':
      return apiFailure('tooManyRequests', { seconds: 1 });
    case 'requestTooLarge':
      return apiFailure('tooLarge', { limit: limit ?? MAX_REQUEST_BYTES });
    case 'replyTooLarge':
    case 'badReply':
      return apiFailure('zookeeper', { name: fault, path });
  }
}
