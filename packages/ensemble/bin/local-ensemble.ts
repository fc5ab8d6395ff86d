/** An ensemble on this machine, in the foreground, for trying things out. */
import { parseArgs } from 'node:util';
import { Ensemble } from '../hosting/ensemble.ts';
import { highestBasePort } from '../hosting/server-files.ts';

const USAGE = `usage: local-ensemble.ts [options]

Runs a ZooKeeper ensemble on this machine until Ctrl-C or SIGTERM. Its data outlive it: the next start goes on with them.

  --servers <n>      servers that vote (default 3; 1 is a standalone server)
  --observers <n>    servers that follow without a vote (default 0)
  --data-dir <path>  where the servers keep their data and configuration (default ./.vivarium)
  --base-port <n>    the first client port; the others follow it (default 2181)
  --help             this text
`;

/** A sentence for whoever typed the options. */
class OptionError extends Error {}

interface Options {
  readonly servers: number;
  readonly observers: number;
  readonly dataDir: string;
  readonly basePort: number;
}

/** Null where only the usage was asked for. */
function readOptions(): Options | null {
  const { values } = parseOptions();
  if (values.help) return null;
  const servers = wholeNumber('--servers', values.servers, 1, 99);
  const observers = wholeNumber('--observers', values.observers, 0, 99);
  if (observers > 0 && servers === 1) {
    throw new OptionError('--observers needs an ensemble, and one server alone is none: use --servers 3');
  }
  const basePort = wholeNumber('--base-port', values['base-port'], 1, highestBasePort(servers + observers));
  return { servers, observers, dataDir: values['data-dir'], basePort };
}

function parseOptions() {
  try {
    return parseArgs({
      options: {
        servers: { type: 'string', default: '3' },
        observers: { type: 'string', default: '0' },
        'data-dir': { type: 'string', default: './.vivarium' },
        'base-port': { type: 'string', default: '2181' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OptionError(`${error.message.split('. ')[0]}. See --help.`);
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new OptionError(`${option} is a whole number from ${min} to ${max}, not "${text}".`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function run(options: Options): void {
  let stopping = false;
  const ensemble = new Ensemble(
    {
      directory: options.dataDir,
      participants: options.servers,
      observers: options.observers,
      basePort: options.basePort,
      host: '127.0.0.1',
      trace: false,
    },
    {
      event: () => {},
      mode: (sid, mode, epoch) => {
        if (mode === null) print(`server ${sid} no longer serves`);
        else
          print(
            mode === 'standalone' ? `server ${sid} serves alone` : `server ${sid} serves as ${mode}, epoch ${epoch}`,
          );
      },
      log: (sid, line) => {
        if (line.includes(' WARN ')) print(`server ${sid}: ${line}`);
      },
      exit: (sid, exit) => {
        if (exit.wanted) return;
        print(`server ${sid} ended by itself (${exit.signal ?? `exit code ${exit.code}`}); the end of its log:`);
        for (const line of exit.lastLines) print(`    ${line}`);
        if (!stopping && ensemble.servers.every(({ state }) => state === 'stopped')) process.exit(1);
      },
    },
  );
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    print('stopping all servers');
    void ensemble.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  print(`connect to ${ensemble.connectString}`);
  ensemble.start();
}

try {
  const options = readOptions();
  if (options === null) process.stdout.write(USAGE);
  else run(options);
} catch (error) {
  const isExpected = error instanceof OptionError || (error instanceof Error && 'syscall' in error);
  if (!isExpected) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
