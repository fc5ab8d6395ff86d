/** What a definition refers to: read when a session begins, and kept nowhere else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { ClientOptions } from '@vivarium/client/client-options';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { ClusterDefinition, SecretReference, TlsFiles } from './cluster-definition.ts';

/** What a client needs beside addresses. */
export type Secrets = Pick<ClientOptions, 'tls' | 'credentials'>;

/** A reference that leads nowhere. `reason` is what viewers are told; `message`, with the place, is for the log. */
export class SecretError extends Error {
  override name = 'SecretError';
  readonly reason: WayReason;

  constructor(reason: WayReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const MAX_SECRET_BYTES = 1 << 20;

/** Reads all that the definition refers to; relative paths are below `directory`. Throws `SecretError`. */
export function readSecrets({ credentials, tls }: ClusterDefinition, directory: string): Secrets {
  const said = credentials.map(({ scheme, secret }) => ({ scheme, auth: readSecret(secret, directory) }));
  return {
    ...(said.length === 0 ? {} : { credentials: said }),
    ...(tls === null ? {} : { tls: readTls(tls, directory) }),
  };
}

/** The PEM files of a TLS configuration. Throws `SecretError`. */
function readTls({ ca, cert, key, serverName }: TlsFiles, directory: string): NonNullable<ClientOptions['tls']> {
  const pem = (file: string): Buffer => readReferred(file, directory, tlsUnreadable);
  return {
    ...(ca === null ? {} : { ca: pem(ca) }),
    ...(cert === null ? {} : { cert: pem(cert) }),
    ...(key === null ? {} : { key: pem(key) }),
    ...(serverName === null ? {} : { serverName }),
  };
}

/** Of client ports, for words; null where they speak plainly, or the files cannot be read, which the session says too. */
export function monitorTls({ tls }: ClusterDefinition, directory: string): ConnectionOptions | null {
  if (tls === null) return null;
  try {
    const { ca, cert, key, serverName } = readTls(tls, directory);
    return {
      ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
      ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
      ...(key === undefined ? {} : { key: Buffer.from(key) }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
  } catch (error) {
    if (error instanceof SecretError) return null;
    throw error;
  }
}

/** The files for the ports between servers, with absolute paths; null where those speak plainly. */
export function quorumFiles({ quorumTls }: ClusterDefinition, directory: string): TlsFiles | null {
  if (quorumTls === null) return null;
  const file = (name: string | null): string | null => (name === null ? null : path.resolve(directory, name));
  return { ...quorumTls, ca: file(quorumTls.ca), cert: file(quorumTls.cert), key: file(quorumTls.key) };
}

function readSecret(reference: SecretReference, directory: string): string {
  const text =
    'file' in reference
      ? readReferred(reference.file, directory, credentialsUnreadable).toString('utf8')
      : process.env[reference.env];
  // An editor ends a file with a newline, which belongs to no password.
  const secret = text?.replace(/\r?\n$/, '') ?? '';
  if (secret !== '') return secret;
  const place = 'file' in reference ? reference.file : `the environment variable ${reference.env}`;
  throw new SecretError(credentialsUnreadable(), `${place} has no credentials`);
}

function readReferred(file: string, directory: string, reason: (code: string) => WayReason): Buffer {
  const target = path.resolve(directory, file);
  try {
    const bytes = readFileSync(target);
    if (bytes.length > MAX_SECRET_BYTES) throw new SecretError(reason('EFBIG'), `${target} is too large`);
    return bytes;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new SecretError(reason(String(error.code)), error.message);
  }
}

function credentialsUnreadable(): WayReason {
  return { code: 'credentials', params: {} };
}

function tlsUnreadable(detail: string): WayReason {
  return { code: 'tls', params: { address: '', detail } };
}
