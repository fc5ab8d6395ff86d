/** What is known of a cluster that somebody else runs, before anybody has spoken to it. */
import { createHash } from 'node:crypto';
import { formatAddress, parseConnectString } from '@vivarium/client/connect-string';
import { isLoopbackAddress } from '../../auth/origin-policy.ts';

/** A secret, by reference: the text of a file, or of an environment variable. */
export type SecretReference = { readonly file: string } | { readonly env: string };

/** `digest`: the secret is `user:password`. */
export interface CredentialReference {
  readonly scheme: string;
  readonly secret: SecretReference;
}

/** Files in PEM. */
export interface TlsFiles {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Whom the certificate must be for, where that is not the host that is dialled. */
  readonly serverName: string | null;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What a person knows better than the cluster tells; null: as the cluster tells. */
export interface MemberOverride {
  readonly sid: number;
  readonly role: 'participant' | 'observer' | null;
  readonly client: HostPort | null;
  readonly quorum: HostPort | null;
  readonly election: HostPort | null;
  readonly admin: HostPort | null;
}

export interface ClusterDefinition {
  /** Below `/c/` in addresses, and the name of the directory of what is kept of it. */
  readonly id: string;
  readonly name: string;
  /** `host:port,host:port/chroot`. */
  readonly connect: string;
  readonly readOnly: boolean;
  readonly credentials: readonly CredentialReference[];
  /** Of the client port; null: it speaks plainly. */
  readonly tls: TlsFiles | null;
  /** Of the quorum and election ports. */
  readonly quorumTls: TlsFiles | null;
  /** Ways that may be tried; the client session always is. */
  readonly ways: {
    readonly observer: boolean;
    readonly election: boolean;
    readonly words: boolean;
    readonly admin: boolean;
  };
  readonly members: readonly MemberOverride[];
  /** Where AdminServers listen unless a member says otherwise; null: where they mostly do. */
  readonly adminPort: number | null;
  /** Bodies are dropped above `maxBytes`; above `maxZnodes` there is no mirror. */
  readonly mirror: { readonly maxBytes: number; readonly maxZnodes: number };
  /** What is kept of committed transactions; none where `maxBytes` is 0. */
  readonly transactions: { readonly maxAgeMs: number; readonly maxBytes: number };
  /** It was added in a browser: each of its addresses has to be one that the rule of hosts allows. */
  readonly isFromPage: boolean;
}

const DAY_MS = 86_400_000;

/** What a definition says where nobody has said anything. */
export const DEFAULTS = {
  ways: { observer: true, election: true, words: true, admin: true },
  adminPort: null,
  mirror: { maxBytes: 2 * 1024 ** 3, maxZnodes: 5_000_000 },
  transactions: { maxAgeMs: 7 * DAY_MS, maxBytes: 1024 ** 3 },
} as const;

/** Ids that other sources have. */
const TAKEN_ID = /^(?:local|synthetic|recording-.*)$/;
const ID = /^[a-z0-9](?:[a-z0-9-]{0,62})$/;

/** Whether a cluster may be called so in addresses. */
export function isClusterId(text: string): boolean {
  return ID.test(text) && !TAKEN_ID.test(text);
}

/** An id made of a name that none of `taken` is. */
export function idFrom(name: string, taken: ReadonlySet<string>): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  const stem = slug === '' || !isClusterId(slug) ? `cluster${slug === '' ? '' : `-${slug}`}` : slug;
  for (let number = 1; ; number++) {
    const id = number === 1 ? stem : `${stem}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** The cluster of a connect string with everything else as by default. Throws `ConnectStringError`. */
export function defaultDefinition(
  connect: string,
  given: { readonly id: string; readonly name?: string | undefined; readonly readOnly?: boolean | undefined },
): ClusterDefinition {
  return {
    id: given.id,
    name: given.name ?? nameFrom(connect),
    connect,
    readOnly: given.readOnly ?? readOnlyByDefault(connect),
    credentials: [],
    tls: null,
    quorumTls: null,
    ...DEFAULTS,
    members: [],
    isFromPage: false,
  };
}

/** A production is not written to by accident: only what is on this machine is, unless somebody says otherwise. */
function readOnlyByDefault(connect: string): boolean {
  return !parseConnectString(connect).servers.every(({ host }) => isLoopbackAddress(host));
}

/** The connect string with its servers in one order and form, to see whether two mean the same. Throws as its parser. */
export function normalConnect(connect: string): string {
  const { servers, chroot } = parseConnectString(connect);
  return [...new Set(servers.map((server) => formatAddress(server).toLowerCase()))].sort().join(',') + chroot;
}

/** The id of a cluster that only the command line names: the same at each start, whatever order the servers stand in. */
export function idOfConnect(connect: string): string {
  const normal = normalConnect(connect);
  const hash = createHash('sha256').update(normal).digest('hex').slice(0, 6);
  return idFrom(`${nameFrom(connect)}-${hash}`, new Set());
}

/** `zk1:2181`, with `+2` where there are two more, and the chroot. */
function nameFrom(connect: string): string {
  const { servers, chroot } = parseConnectString(connect);
  const [first] = servers;
  const more = servers.length > 1 ? ` +${servers.length - 1}` : '';
  return `${first === undefined ? connect : formatAddress(first)}${more}${chroot}`.slice(0, 80);
}
