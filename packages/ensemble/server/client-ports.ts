import { hostAndPort } from '../net/address.ts';
import type { ClientPortOptions } from '../net/client-port.ts';
import type { LoadedConfig } from './load-config.ts';
import { loadTls } from './load-tls.ts';
import { fileDescriptors } from './machine-facts.ts';

/** Of the files that a process may have open, so many, or half of them, are left for its log, snapshots and links. */
const RESERVED_FILES = 256;

/**
 * How many connections there may be, 0 for any number: never so many that the log can open no file, which would end the
 * server.
 */
function maxConnections(configured: number): number {
  const files = fileDescriptors()?.max ?? 0;
  const most = files - Math.min(RESERVED_FILES, Math.ceil(files / 2));
  return configured > 0 && most > 0 ? Math.min(configured, most) : Math.max(configured, most);
}

/** Where and how clients are served. Throws `StartError` where a file of TLS is faulty; `warn` is for the log. */
export function clientPortOptions(
  { config, client }: LoadedConfig,
  warn: (message: string) => void,
): ClientPortOptions {
  const { clientTls, maxClientCnxns, maxCnxns, maxHandshakes, sessionlessTimeoutMs, maxFrameBytes } = config;
  const loaded = clientTls === null ? null : loadTls(clientTls);
  for (const warning of loaded?.warnings ?? []) warn(warning);
  const secure = clientTls?.secureClient ?? null;
  return {
    plain: client === null ? null : { ...client, setting: `${config.file}: clientPort` },
    secure: secure === null ? null : { ...secure, setting: `${config.file}: secureClientPort` },
    tls: clientTls === null || loaded === null ? null : { ...clientTls, ...loaded },
    backlog: config.clientPortListenBacklog,
    maxClientCnxns,
    maxCnxns: maxConnections(maxCnxns),
    maxHandshakes,
    sessionlessTimeoutMs,
    maxFrameBytes,
  };
}

/** Where clients are served, for the log. */
export function clientAddresses({ config, client }: LoadedConfig): string {
  const secure = config.clientTls?.secureClient ?? null;
  const plain = client === null ? [] : [hostAndPort(client.host, client.port)];
  return [...plain, ...(secure === null ? [] : [`${hostAndPort(secure.host, secure.port)} (TLS)`])].join(' and ');
}
