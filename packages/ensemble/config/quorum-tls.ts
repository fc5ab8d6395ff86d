import type { ConfigReader } from './config-reader.ts';
import { readTls, type TlsConfig } from './tls-config.ts';

/** TLS between servers (Java `QuorumX509Util`). */
export interface QuorumTlsConfig extends TlsConfig {
  /** Whether this server dials by TLS; otherwise it only takes it (`portUnification` alone). */
  readonly dials: boolean;
  /** Whether plain text is taken on the same ports. */
  readonly takesPlainText: boolean;
  readonly hostnameVerification: boolean;
}

const PREFIX = 'ssl.quorum.';

/** Null where servers speak in plain text only. */
export function readQuorumTls(reader: ConfigReader): QuorumTlsConfig | null {
  const dials = reader.bool('sslQuorum', false);
  const takesPlainText = reader.bool('portUnification', false);
  if (!dials && !takesPlainText) {
    for (const setting of reader.takePrefix(PREFIX)) reader.warn(setting, 'has no effect without sslQuorum=true');
    return null;
  }
  const hostnameVerification = reader.bool(`${PREFIX}hostnameVerification`, true);
  const tls = readTls(reader, PREFIX);
  return tls === null ? null : { dials, takesPlainText, hostnameVerification, ...tls };
}
