import type { ConfigReader } from './config-reader.ts';

/** What bounds clients and what they send. */
export interface ClientLimits {
  /** Connections from one address; 0 for any number. */
  readonly maxClientCnxns: number;
  /** Connections from all clients; 0 for any number. */
  readonly maxCnxns: number;
  /** Handshakes of TLS at the same time; 0 for any number. */
  readonly maxHandshakes: number;
  /** How long a connection may stay without asking for a session. */
  readonly sessionlessTimeoutMs: number;
  readonly globalOutstandingLimit: number;
  /** The longest frame that a client may send. */
  readonly maxFrameBytes: number;
  /** The longest transaction that may come of one. */
  readonly maxTxnBytes: number;
}

/** Java's `jute.maxbuffer`, a little less than 1 MiB. */
const DEFAULT_MAX_BUFFER = 0xfffff;
/** A log takes transactions of twice as much. */
const LARGEST_MAX_BUFFER = 0x7fffff;
const MIN_EXTRA_SIZE = 1024;

export function readClientLimits(reader: ConfigReader): ClientLimits {
  const maxFrameBytes = reader.int('jute.maxbuffer', {
    fallback: DEFAULT_MAX_BUFFER,
    min: 1024,
    max: LARGEST_MAX_BUFFER,
    unit: 'bytes',
  });
  const extra = reader.int('jute.maxbuffer.extrasize', {
    fallback: maxFrameBytes,
    min: 0,
    max: LARGEST_MAX_BUFFER,
    unit: 'bytes',
  });
  const connections = (key: string, fallback: number, from: string): number =>
    reader.int(key, { fallback, min: 0, unit: `connections${from}, 0 for any number` });
  return {
    maxClientCnxns: connections('maxClientCnxns', 60, ' from one address'),
    maxCnxns: connections('maxCnxns', 0, ''),
    maxHandshakes: Math.max(
      0,
      reader.int('netty.server.outstandingHandshake.limit', {
        fallback: 0,
        min: -1,
        unit: 'handshakes, 0 for any number',
      }),
    ),
    sessionlessTimeoutMs: reader.int('nio.sessionlessCnxnTimeout', { fallback: 10_000, min: 1, unit: 'milliseconds' }),
    globalOutstandingLimit: reader.int('globalOutstandingLimit', { fallback: 1000, min: 1, unit: 'requests' }),
    maxFrameBytes,
    maxTxnBytes: maxFrameBytes + Math.max(extra, MIN_EXTRA_SIZE),
  };
}
