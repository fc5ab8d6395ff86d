import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { StoreConfig, TlsConfig } from '../config/tls-config.ts';
import { codeOf, StartError } from './load-config.ts';

/** What TLS needs, read and found to fit together; `warnings` are for the log. */
export interface LoadedTls {
  readonly secure: SecureContextOptions;
  /** Whom to trust, where `secure` would trust others too: see `leadsTo`. */
  readonly anchors?: readonly X509Certificate[];
  readonly warnings: readonly string[];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the files of TLS. Throws `StartError` with a line for the first fault of each. */
export function loadTls(config: TlsConfig): LoadedTls {
  const faults: string[] = [];
  const { min: minVersion, max: maxVersion } = config.versions;
  const versions = { minVersion, maxVersion, ...(config.ciphers === null ? {} : { ciphers: config.ciphers }) };
  const own = attempt(() => readKeyStore(config.keyStore), faults);
  const { trustStore } = config;
  const ca = trustStore === null ? [] : attempt(() => readTrustStore(trustStore), faults);
  if (own === null || ca === null) throw new StartError(faults);
  const secure = { ...own.secure, ca, ...versions };
  try {
    createSecureContext(secure);
  } catch (error) {
    throw new StartError([fault(config.keyStore, `cannot be used: ${messageOf(error)}`)]);
  }
  const anchors = config.keyStore.type === 'PKCS12' ? { anchors: ca.map((pem) => new X509Certificate(pem)) } : {};
  return { secure, ...anchors, warnings: own.warnings };
}

function attempt<T>(read: () => T, faults: string[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    faults.push(...error.lines);
    return null;
  }
}

function readKeyStore(store: StoreConfig): LoadedTls {
  const bytes = readStore(store);
  const passphrase = readPassword(store);
  const secret = passphrase === null ? {} : { passphrase };
  if (store.type === 'PKCS12') {
    const secure = { pfx: bytes, ...secret };
    checkContext(store, secure);
    return { secure, warnings: [] };
  }
  const text = bytes.toString('latin1');
  const [first] = certificatesOf(store, text);
  if (!/-----BEGIN (?:\w+ )*PRIVATE KEY-----/.test(text)) throw refusal(store, 'holds no private key');
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text);
  if (encrypted && passphrase === null) {
    throw refusal(store, `holds an encrypted key; set ${store.setting.key.replace('location', 'passwordPath')}`);
  }
  const secure = { key: text, cert: text, ...secret };
  checkContext(store, secure);
  return { secure, warnings: first === undefined ? [] : validity(store, first) };
}

/** Finds out what is wrong with the key file alone, such as a wrong password or a key of another certificate. */
function checkContext(store: StoreConfig, secure: SecureContextOptions): void {
  try {
    createSecureContext(secure);
  } catch (error) {
    // Such as Java made them before 2021, with ciphers that OpenSSL has given up.
    const isOld = store.type === 'PKCS12' && messageOf(error).includes('Unsupported');
    const remedy = isOld ? `; convert it: openssl pkcs12 -legacy -in ${store.path} -nodes -out keyStore.pem` : '';
    throw refusal(store, `cannot be used: ${messageOf(error)}${remedy}`);
  }
}

/** The clock may be wrong, so that this is no reason not to start. */
function validity(store: StoreConfig, certificate: X509Certificate): string[] {
  const { validFromDate, validToDate } = certificate;
  const now = Date.now();
  if (now >= validFromDate.getTime() && now <= validToDate.getTime()) return [];
  const period = `${validFromDate.toISOString()} to ${validToDate.toISOString()}`;
  return [fault(store, `its certificate is valid from ${period} only; the other side will refuse it`)];
}

function readTrustStore(store: StoreConfig): string[] {
  const text = readStore(store).toString('latin1');
  return certificatesOf(store, text).map(String);
}

function certificatesOf(store: StoreConfig, text: string): X509Certificate[] {
  const found = text.match(CERTIFICATE);
  if (found === null) throw refusal(store, 'holds no certificate in PEM form');
  return found.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      throw refusal(store, `holds a certificate that cannot be read: ${messageOf(error)}`);
    }
  });
}

function readStore(store: StoreConfig): Buffer {
  try {
    return readFileSync(store.path);
  } catch (error) {
    throw refusal(store, `cannot be read (${codeOf(error)})`);
  }
}

function readPassword({ setting, password, passwordPath }: StoreConfig): string | null {
  if (passwordPath === null) return password;
  try {
    return readFileSync(passwordPath, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const key = setting.key.replace('location', 'passwordPath');
    throw new StartError([`${setting.file}: ${key}: ${passwordPath}: cannot be read (${codeOf(error)})`]);
  }
}

function refusal(store: StoreConfig, what: string): StartError {
  return new StartError([fault(store, what)]);
}

function fault({ setting, path }: StoreConfig, what: string): string {
  return `${setting.file}:${setting.line}: ${setting.key}: ${path}: ${what}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
