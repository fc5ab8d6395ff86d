/** Every option of the program: what it is called, what it takes, and what `--help` says about it. */
export interface OptionRow {
  /** Null for a switch. */
  readonly value: string | null;
  readonly text: string;
  /** May be given several times. */
  readonly many?: true;
}

export const optionTable = {
  host: { value: 'address', text: 'address to listen on for browsers (default 127.0.0.1)' },
  port: { value: 'n', text: 'port for browsers (default 8080, or the next free one; 0 lets the system choose)' },
  'data-dir': { value: 'path', text: 'where the servers keep their data and configuration (default ./.vivarium)' },
  servers: { value: 'n', text: 'servers that vote (default: as many as the data directory has, or 3; 1 stands alone)' },
  observers: { value: 'n', text: 'servers that follow without a vote (default: as the data directory has, or 0)' },
  'base-port': {
    value: 'n',
    text: 'the first port for ZooKeeper clients; the other servers take the next (default 2181)',
  },
  attach: {
    value: 'hosts',
    text: 'show a cluster that somebody else runs, as zk1:2181,zk2:2181/chroot; again for each; ours run only with --servers',
    many: true,
  },
  'attach-hosts': {
    value: 'rule',
    text: 'hosts that may be attached from the page (default loopback; none, any, zk1, *.zk.org, 10.0.0.0/8, with :port)',
  },
  'base-path': { value: 'path', text: 'where below the host the pages are, such as /vivarium (default /)' },
  'public-url': { value: 'url', text: 'the address that people open when a reverse proxy stands in front' },
  token: { value: 'text', text: 'the token to sign in with (default: a new random one at each start)' },
  record: { value: null, text: 'write everything that happens to files below the data directory' },
  'allow-insecure': {
    value: null,
    text: 'allow a --host beyond this machine although what goes over it is not encrypted',
  },
  synthetic: { value: 'n', text: 'show a made-up cluster too, with so many events a second (for measurements)' },
  'web-root': { value: 'path', text: 'where the built pages are (for development)' },
  help: { value: null, text: 'this text' },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof optionTable;

/** The environment variable of an option. */
export function variableOf(name: OptionName): string {
  return `VIVARIUM_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** What `--help` prints. */
export function usage(): string {
  const rows = Object.entries(optionTable).map(([name, { value, text }]) => ({
    left: value === null ? `--${name}` : `--${name} <${value}>`,
    text,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return `usage: npm start -- [options]

Hosts a ZooKeeper ensemble on this machine, or attaches to others, and shows in the browser what happens in it, until
Ctrl-C. It prints the address to open, which holds a token. The data outlive it: the next start goes on with them.

${rows.map(({ left, text }) => `  ${left.padEnd(width)}  ${text}`).join('\n')}

Each option can be given in the environment too, as VIVARIUM_PORT or VIVARIUM_DATA_DIR; one on the command line wins.
Behind a reverse proxy, give the address that people open as --public-url; it sets the base path as well.
`;
}
