import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a certificate says. */
export interface CertificateOptions {
  /** Who its holder is, in openssl's words; by default the common name is that of the files. */
  readonly subject?: string;
  /** For whom it is, in openssl's words. */
  readonly subjectAltName?: string;
  /** How long it is valid; negative: it has expired. */
  readonly days?: number;
  /** Encrypts the key. */
  readonly password?: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/** Signs certificates of servers in tests; its files are in the directory, by its name. */
export class CertificateAuthority {
  /** The path of its own certificate. */
  readonly certificate: string;
  readonly #key: string;
  readonly #directory: string;

  constructor(directory: string, name = 'ca') {
    this.#directory = directory;
    this.certificate = join(directory, `${name}.pem`);
    this.#key = join(directory, `${name}.key`);
    const files = ['-keyout', this.#key, '-out', this.certificate];
    const purpose = ['-addext', 'basicConstraints=critical,CA:TRUE', '-days', '2', '-subj', `/CN=${name}`];
    openssl(['req', '-x509', ...CURVE, '-nodes', ...files, ...purpose]);
  }

  /** Makes a key and its certificate, and returns the path of the one PEM file that holds both. */
  issue(name: string, options: CertificateOptions = {}): string {
    const { subject = `/CN=${name}`, subjectAltName = 'IP:127.0.0.1', days = 2, password } = options;
    const file = join(this.#directory, `${name}.pem`);
    const request = join(this.#directory, `${name}.csr`);
    const secrecy = password === undefined ? ['-nodes'] : ['-passout', `pass:${password}`];
    const holder = ['-utf8', '-multivalue-rdn', '-subj', subject, '-addext', `subjectAltName=${subjectAltName}`];
    openssl(['req', ...CURVE, ...secrecy, '-keyout', file, '-out', request, ...holder]);
    const signer = ['-CA', this.certificate, '-CAkey', this.#key, '-copy_extensions', 'copy', '-days', String(days)];
    const certificate = openssl(['x509', '-req', '-in', request, ...signer]);
    appendFileSync(file, certificate);
    return file;
  }

  /** The same in the form of PKCS #12, with this authority's own certificate. */
  toPkcs12(pem: string, password: string, ...options: string[]): string {
    const file = pem.replace(/\.pem$/, '.p12');
    const files = ['-in', pem, '-certfile', this.certificate, '-out', file];
    openssl(['pkcs12', '-export', ...files, '-passout', `pass:${password}`, ...options]);
    return file;
  }

  /** The zoo.cfg keys by which a server with this key file takes clients with certificates of this authority, on a port for TLS. */
  clientKeys(keyStore: string): Record<string, string> {
    return { 'ssl.keyStore.location': keyStore, 'ssl.trustStore.location': this.certificate };
  }

  /** The zoo.cfg keys by which a server with this key file trusts those that this authority has signed for. */
  keys(keyStore: string): Record<string, string> {
    return {
      sslQuorum: 'true',
      'ssl.quorum.keyStore.location': keyStore,
      'ssl.quorum.trustStore.location': this.certificate,
    };
  }

  /** Its certificate as text. */
  get text(): string {
    return readFileSync(this.certificate, 'utf8');
  }
}

function openssl(args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
