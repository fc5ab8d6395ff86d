import { hostAndPort } from '../net/address.ts';
import type { ClientPortOptions } from '../net/client-port.ts';
import type { LoadedConfig } from './load-config.ts';
import { loadTls } from './load-tls.ts';

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
    maxCnxns,
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
