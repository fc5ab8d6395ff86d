import path from 'node:path';
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { highestBasePort } from '@vivarium/ensemble/hosting/server-files';
import { isLoopbackAddress } from '../auth/origin-policy.ts';
import { connectFault } from '../sources/attached/connect-fault.ts';
import { HostRule, HostRuleError } from '../sources/attached/host-rule.ts';
import { type OptionName, type OptionRow, optionTable, variableOf } from './option-table.ts';

/** What the program was started with; null where the option was not given and the default depends on more than that. */
export interface Options {
  readonly host: string;
  readonly port: number;
  /** Whether the port was asked for, so that another one will not do. */
  readonly portChosen: boolean;
  readonly dataDir: string;
  readonly servers: number | null;
  readonly observers: number | null;
  readonly basePort: number | null;
  /** Connect strings of clusters that somebody else runs. */
  readonly attach: readonly string[];
  /** Which hosts may be attached from the page; null where the option was not given. */
  readonly attachHosts: HostRule | null;
  /** Whether servers of our own run here. */
  readonly hosts: boolean;
  /** Empty, or with a slash in front and none behind. */
  readonly basePath: string;
  readonly publicUrl: URL | null;
  readonly token: string | null;
  readonly record: boolean;
  /** Events a second of a made-up cluster beside the hosted one; null for none. */
  readonly synthetic: number | null;
  readonly webRoot: string;
}

/** What is wrong with the options, a sentence each, for whoever typed them. */
export class OptionError extends Error {
  override name = 'OptionError';
}

const MAX_SERVERS = 99;
const MAX_SYNTHETIC_EVENTS = 100_000;
const DEFAULT_PORT = 8080;
/** A token that stands between the network and the servers must not be guessed. */
const MIN_TOKEN_LENGTH_BEYOND_LOOPBACK = 16;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads command line and environment. Null where only the usage is asked for. Throws `OptionError` with every fault. */
export function readOptions(argv: readonly string[], environment: Environment): Options | null {
  const given = new Given(parseCommandLine(argv), environment);
  if (given.switched('help')) return null;
  const host = given.host();
  const publicUrl = given.publicUrl();
  const servers = given.wholeNumber('servers', 1, MAX_SERVERS);
  const observers = given.wholeNumber('observers', 0, MAX_SERVERS);
  const ports = highestBasePort((servers ?? MAX_SERVERS) + (observers ?? 0));
  const port = given.wholeNumber('port', 0, 65_535);
  const basePort = given.wholeNumber('base-port', 1, ports);
  const attach = given.connectStrings();
  const options = {
    host,
    port: port ?? DEFAULT_PORT,
    portChosen: port !== null,
    dataDir: path.resolve(given.text('data-dir') ?? '.vivarium'),
    servers,
    observers,
    basePort,
    attach,
    attachHosts: given.attachHosts(),
    hosts: attach.length === 0 || servers !== null || observers !== null,
    basePath: given.basePath(publicUrl),
    publicUrl,
    token: given.token(host),
    record: given.switched('record'),
    synthetic: given.wholeNumber('synthetic', 1, MAX_SYNTHETIC_EVENTS),
    webRoot: path.resolve(given.text('web-root') ?? path.join(import.meta.dirname, '../../web/dist')),
  };
  if (servers === 1 && (observers ?? 0) > 0) {
    given.fault('observers', 'needs an ensemble to observe, and one server alone is none: use --servers 3');
  }
  const insecureAllowed = given.switched('allow-insecure');
  if (!isLoopbackAddress(host) && !insecureAllowed) {
    given.fault(
      'host',
      `${host} can be reached from other machines, and what goes over it, the token too, is not encrypted: put a proxy ` +
        'with TLS in front of 127.0.0.1 (--public-url), or accept that with --allow-insecure',
    );
  }
  given.throwFaults();
  return options;
}

/** What stands on the command line; a list for each option that may be given several times. */
type CommandLine = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

function parseCommandLine(argv: readonly string[]): CommandLine {
  const options: Record<string, ParseArgsOptionDescriptor> = {};
  for (const [name, row] of Object.entries<OptionRow>(optionTable)) {
    options[name] = {
      type: row.value === null ? 'boolean' : 'string',
      multiple: row.many === true,
      ...(name === 'help' ? { short: 'h' } : {}),
    };
  }
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OptionError(`${error.message.split('. ')[0]}. See --help.`);
  }
}

/** The options as they were typed, and what is found wrong with them. */
class Given {
  private readonly commandLine: CommandLine;
  private readonly environment: Environment;
  private readonly faults: string[] = [];

  constructor(commandLine: CommandLine, environment: Environment) {
    this.commandLine = commandLine;
    this.environment = environment;
  }

  text(name: OptionName): string | null {
    const typed = this.commandLine[name];
    const value = typeof typed === 'string' ? typed : this.environment[variableOf(name)];
    if (value === undefined) return null;
    if (value !== '') return value;
    if (typed !== undefined) this.fault(name, 'needs a value');
    return null;
  }

  /** Each as it was typed; the environment has spaces between them. */
  connectStrings(): readonly string[] {
    const typed = this.commandLine.attach;
    const fromEnvironment = (this.environment[variableOf('attach')] ?? '').split(/\s+/).filter((text) => text !== '');
    const texts = Array.isArray(typed) ? typed.map(String) : fromEnvironment;
    for (const text of texts) {
      const fault = connectFault(text);
      if (fault !== null) this.fault('attach', fault);
    }
    return texts;
  }

  attachHosts(): HostRule | null {
    const text = this.text('attach-hosts');
    if (text === null) return null;
    try {
      return HostRule.parse(text);
    } catch (error) {
      if (!(error instanceof HostRuleError)) throw error;
      this.fault('attach-hosts', error.message);
      return null;
    }
  }

  switched(name: OptionName): boolean {
    if (this.commandLine[name] === true) return true;
    const value = this.environment[variableOf(name)]?.toLowerCase() ?? '';
    if (['1', 'true', 'yes', 'on'].includes(value)) return true;
    if (!['', '0', 'false', 'no', 'off'].includes(value))
      this.fault(name, `is a switch, true or false, not "${value}"`);
    return false;
  }

  wholeNumber(name: OptionName, min: number, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.fault(name, `is a whole number from ${min} to ${max}, not "${text}"`);
    return null;
  }

  host(): string {
    const host = this.text('host') ?? '127.0.0.1';
    if (!/^[\w.:-]+$/.test(host)) this.fault('host', `is an address or a name of this machine, not "${host}"`);
    return host;
  }

  publicUrl(): URL | null {
    const text = this.text('public-url');
    if (text === null) return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
    if (isPlain && url.username === '' && url.password === '') return url;
    this.fault('public-url', `is an address such as https://example.org/vivarium, not "${text}"`);
    return null;
  }

  basePath(publicUrl: URL | null): string {
    const text = this.text('base-path') ?? publicUrl?.pathname ?? '/';
    if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(text) || /\/\.\.?(\/|$)/.test(text)) {
      this.fault('base-path', `is a path such as /vivarium, of letters, digits and . _ ~ -, not "${text}"`);
    }
    return text.replace(/\/$/, '');
  }

  token(host: string): string | null {
    const token = this.text('token');
    if (token === null) return null;
    if (!/^[\w.~-]{1,256}$/.test(token)) {
      this.fault('token', 'is made of letters, digits and . _ ~ - (256 at most), so that it can stand in an address');
    } else if (!isLoopbackAddress(host) && token.length < MIN_TOKEN_LENGTH_BEYOND_LOOPBACK) {
      this.fault(
        'token',
        `has ${token.length} characters; beyond this machine ${MIN_TOKEN_LENGTH_BEYOND_LOOPBACK} are needed`,
      );
    }
    return token;
  }

  /** Notes what is wrong with an option, under the name by which it was given. */
  fault(name: OptionName, what: string): void {
    const fromEnvironment = this.commandLine[name] === undefined && this.environment[variableOf(name)] !== undefined;
    this.faults.push(`${fromEnvironment ? variableOf(name) : `--${name}`} ${what}.`);
  }

  throwFaults(): void {
    if (this.faults.length > 0) throw new OptionError(this.faults.join('\n'));
  }
}
