/** The keys of TLS, for clients and between servers alike (Java `X509Util`), which Apache reads as system properties. */
import type { ConfigReader, Setting } from './config-reader.ts';

/** A file with keys or certificates. */
export interface StoreConfig {
  /** The setting that names the file, for messages. */
  readonly setting: Setting;
  readonly path: string;
  readonly type: 'PEM' | 'PKCS12';
  readonly password: string | null;
  /** A file that holds the password instead. */
  readonly passwordPath: string | null;
}

/** Who this server is, whom it trusts, and what of TLS it speaks. */
export interface TlsConfig {
  readonly keyStore: StoreConfig;
  /** Null only where nobody who connects is asked for a certificate. */
  readonly trustStore: StoreConfig | null;
  readonly clientAuth: ClientAuth;
  readonly versions: { readonly min: TlsVersion; readonly max: TlsVersion };
  /** In OpenSSL's names, by colons; null for the usual ones. */
  readonly ciphers: string | null;
}

/** Whether who connects has to show a certificate, may, or is not asked. */
export type ClientAuth = 'need' | 'want' | 'none';

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Reads the keys that begin with the prefix, `ssl.` or `ssl.quorum.`; null where a file is missing, which is a fault. */
export function readTls(reader: ConfigReader, prefix: string): TlsConfig | null {
  const clientAuth = readClientAuth(reader, prefix);
  const keyStore = readStore(reader, prefix, 'keyStore');
  // Servers dial one another, and have to know whom they reach.
  const isOptional = clientAuth === 'none' && prefix === 'ssl.' && !reader.has(`${prefix}trustStore.location`);
  const trustStore = isOptional ? null : readStore(reader, prefix, 'trustStore');
  const rest = { clientAuth, versions: readVersions(reader, prefix), ciphers: readCiphers(reader, prefix) };
  return keyStore === null || (trustStore === null && !isOptional) ? null : { keyStore, trustStore, ...rest };
}

function readStore(reader: ConfigReader, prefix: string, name: 'keyStore' | 'trustStore'): StoreConfig | null {
  const key = `${prefix}${name}.location`;
  const setting = reader.take(key);
  const typeSetting = reader.take(`${prefix}${name}.type`);
  const password = reader.take(`${prefix}${name}.password`)?.value ?? null;
  const passwordPath = reader.take(`${prefix}${name}.passwordPath`)?.value ?? null;
  if (setting === null) {
    reader.missing(key, `it names the file with ${meaning(prefix, name)}: ${key}=/etc/zookeeper/${name}.pem`);
    return null;
  }
  // As Apache does where no type is given (Java `KeyStoreFileType.fromFilename`).
  const type = (typeSetting?.value ?? typeByName(setting.value)).toUpperCase();
  if (type === 'PEM' || (type === 'PKCS12' && name === 'keyStore')) {
    return { setting, path: setting.value, type, password, passwordPath };
  }
  reader.fault(typeSetting ?? setting, `${refusalOf(type)}; ${conversion(type, setting.value, prefix, name)}`);
  return null;
}

function meaning(prefix: string, name: 'keyStore' | 'trustStore'): string {
  if (name === 'keyStore') return 'the key and the certificate of this server, in one PEM file';
  return `the certificates of whoever signs those of the ${prefix === 'ssl.' ? 'clients' : 'servers'}`;
}

function typeByName(path: string): string {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return { pem: 'PEM', p12: 'PKCS12', pfx: 'PKCS12', jks: 'JKS', bcfks: 'BCFKS' }[extension] ?? '';
}

function refusalOf(type: string): string {
  return type === '' ? 'the type of the file is not known by its name' : `files of type ${type} cannot be read`;
}

function conversion(type: string, path: string, prefix: string, name: 'keyStore' | 'trustStore'): string {
  const toPem = `openssl pkcs12 -in ${type === 'PKCS12' ? path : 'store.p12'} ${name === 'keyStore' ? '-nodes' : '-nokeys'} -out ${name}.pem`;
  if (type === 'PKCS12') return `convert it: ${toPem}`;
  if (type !== 'JKS' && type !== 'BCFKS')
    return `set ${prefix}${name}.type to PEM${name === 'keyStore' ? ' or PKCS12' : ''}`;
  const toPkcs12 = `keytool -importkeystore -srckeystore ${path} -srcstoretype ${type} -destkeystore store.p12 -deststoretype PKCS12`;
  return `convert it: ${toPkcs12}; ${toPem}`;
}

function readClientAuth(reader: ConfigReader, prefix: string): ClientAuth {
  const setting = reader.take(`${prefix}clientAuth`);
  const value = setting?.value.toLowerCase() ?? 'need';
  if (value === 'need' || value === 'want' || value === 'none') return value;
  if (setting !== null) reader.fault(setting, `"${setting.value}" is not valid; it is need, want or none`);
  return 'need';
}

/** Java's context of TLSv1.2 speaks nothing newer; the older ones are broken. */
function readVersions(reader: ConfigReader, prefix: string): TlsConfig['versions'] {
  const enabledSetting = reader.take(`${prefix}enabledProtocols`);
  const setting = enabledSetting ?? reader.take(`${prefix}protocol`);
  const enabled = enabledSetting !== null;
  reader.take(`${prefix}protocol`);
  if (setting === null) return { min: 'TLSv1.2', max: 'TLSv1.3' };
  const names = setting.value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => name !== 'TLSv1.2' && name !== 'TLSv1.3' && (enabled || name !== 'TLS'));
  if (unknown !== undefined) {
    reader.fault(
      setting,
      `"${unknown}" is not supported; ${enabled ? 'TLSv1.2 and TLSv1.3 are' : 'TLSv1.2 or TLSv1.3 is'}`,
    );
  }
  const max = names.includes('TLSv1.3') || names.includes('TLS') ? 'TLSv1.3' : 'TLSv1.2';
  return { min: enabled && !names.includes('TLSv1.2') ? 'TLSv1.3' : 'TLSv1.2', max };
}

function readCiphers(reader: ConfigReader, prefix: string): string | null {
  const setting = reader.take(`${prefix}ciphersuites`);
  if (setting === null) return null;
  const ciphers: string[] = [];
  for (const name of setting.value.split(',').map((text) => text.trim())) {
    const cipher = cipherByJavaName(name);
    if (cipher === null)
      reader.fault(setting, `"${name}" is not supported; TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 is, and its like`);
    else ciphers.push(cipher);
  }
  return ciphers.join(':');
}

/** OpenSSL names the suites of TLS 1.3 as Java does, and older ones in its own way; null for those without forward secrecy. */
function cipherByJavaName(name: string): string | null {
  if (/^TLS_(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)$/.test(name)) return name;
  const chacha = /^TLS_(ECDHE|DHE)_(RSA|ECDSA)_WITH_CHACHA20_POLY1305_SHA256$/.exec(name);
  if (chacha !== null) return `${chacha[1]}-${chacha[2]}-CHACHA20-POLY1305`;
  const aes = /^TLS_(ECDHE|DHE)_(RSA|ECDSA)_WITH_AES_(128|256)_(GCM|CBC)_(SHA(?:256|384)?)$/.exec(name);
  if (aes === null) return null;
  const [, exchange, signature, bits, mode, hash] = aes;
  return `${exchange}-${signature}-AES${bits}-${mode === 'GCM' ? 'GCM-' : ''}${hash}`;
}
