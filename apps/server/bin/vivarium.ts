/** The program: hosts an ensemble and shows it in the browser, until it is told to end. */
import { HostingError } from '@vivarium/ensemble/hosting/hosting-error';
import { usage } from '../options/option-table.ts';
import { OptionError, type Options, readOptions } from '../options/options.ts';
import { Vivarium } from '../vivarium.ts';
import { ListenError } from '../web/listen.ts';

/** Longer than a server may take that was told to end. */
const STOP_LIMIT_MS = 25_000;
/** Signals so close together are one. */
const SAME_WISH_MS = 1_000;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(options: Options): Promise<void> {
  const starting = Vivarium.start(options, { print });
  let stopping = false;
  let askedAtMs = 0;
  const stop = (): void => {
    if (stopping) {
      // Who asks again does not want to wait; the servers end with this process. But one Ctrl-C comes twice: from the
      // terminal, and from the npm script that hands it on.
      if (performance.now() - askedAtMs > SAME_WISH_MS) process.exit(1);
      return;
    }
    stopping = true;
    askedAtMs = performance.now();
    print('Stopping all servers.');
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    void starting.then(
      async (vivarium) => {
        await vivarium.close();
        process.exit(0);
      },
      () => {},
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // Whoever started it over such a channel wants it for as long as it lives itself.
  process.on('disconnect', stop);
  const { url, token, hosted } = await starting;
  if (stopping) return;
  print(`Vivarium: ${url}?token=${token}`);
  if (hosted !== null) print(`ZooKeeper clients: ${hosted.connectString}`);
  for (const connect of options.attach) print(`Attached: ${connect}`);
  print(`Data: ${options.dataDir}`);
  print('Ctrl-C ends it.');
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === null) process.stdout.write(usage());
  else await run(options);
} catch (error) {
  const isExpected =
    error instanceof OptionError ||
    error instanceof HostingError ||
    error instanceof ListenError ||
    (error instanceof Error && 'syscall' in error);
  if (!isExpected) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
