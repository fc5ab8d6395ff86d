import { type Endpoint, isHost } from '../core/membership/server-spec.ts';
import type { ConfigReader } from './config-reader.ts';
import { readTls, type TlsConfig } from './tls-config.ts';

/** TLS for clients (Java `ClientX509Util`). */
export interface ClientTlsConfig extends TlsConfig {
  /** The port for TLS alone; null for none. */
  readonly secureClient: Endpoint | null;
  /** Whether the client port takes TLS beside plain text. */
  readonly portUnification: boolean;
  /** Whether a client's certificate has to be for the address that it comes from. */
  readonly verifiesClientHost: boolean;
}

const PREFIX = 'ssl.';
const QUORUM_PREFIX = 'ssl.quorum.';

/** Null where clients speak in plain text only; `client` is where they may. Follows `readQuorumTls`, whose keys begin alike. */
export function readClientTls(reader: ConfigReader, client: Endpoint | null): ClientTlsConfig | null {
  const secureClient = readEndpoint(reader, 'secureClientPort');
  const setting = reader.take('secureClientPort');
  if (setting !== null && client !== null && client.port === secureClient?.port && client.host === secureClient.host) {
    reader.fault(setting, `${setting.value} is clientPort too; to take both on one port set client.portUnification`);
  }
  const portUnification = reader.bool('client.portUnification', false);
  if (secureClient === null && !portUnification) {
    for (const setting of reader.rest().filter(({ key }) => key.startsWith(PREFIX) && !key.startsWith(QUORUM_PREFIX))) {
      reader.take(setting.key);
      // A port that is none has its fault already.
      if (!reader.has('secureClientPort')) reader.warn(setting, 'has no effect without secureClientPort');
    }
    return null;
  }
  // For clients, which look at the certificate of the server; one file may be for both.
  reader.bool(`${PREFIX}hostnameVerification`, true);
  const verifiesClientHost = reader.bool(`${PREFIX}clientHostnameVerification`, false);
  const tls = readTls(reader, PREFIX);
  return tls === null ? null : { secureClient, portUnification, verifiesClientHost, ...tls };
}

/** The port of a key, at the address of the key that has `Address` behind it; null where it is not set. */
export function readEndpoint(reader: ConfigReader, key: 'clientPort' | 'secureClientPort'): Endpoint | null {
  const address = reader.take(`${key}Address`);
  let host = '0.0.0.0';
  if (address !== null) {
    const bare = address.value.replace(/^\[(.*)\]$/, '$1');
    if (isHost(bare)) host = bare;
    else reader.fault(address, `"${address.value}" is neither a host name nor an address`);
  }
  const port = reader.int(key, { fallback: 0, min: 1, max: 65_535 });
  if (port !== 0) return { host, port };
  if (address !== null && reader.take(key) === null) {
    reader.fault(address, `"${address.value}" has no effect without ${key}; set that too`);
  }
  return null;
}
