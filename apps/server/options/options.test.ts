import path from 'node:path';
import { expect, test } from 'vitest';
import { optionTable, usage } from './option-table.ts';
import { OptionError, type Options, readOptions } from './options.ts';

function read(argv: readonly string[], environment: Record<string, string> = {}): Options {
  const options = readOptions(argv, environment);
  if (options === null) throw new Error('only the usage was asked for');
  return options;
}

/** What is said about options that are refused. */
function refusal(argv: readonly string[], environment: Record<string, string> = {}): string {
  try {
    readOptions(argv, environment);
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
  throw new Error('the options should be refused');
}

test('without options everything stays on this machine', () => {
  expect(read([])).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    portChosen: false,
    dataDir: path.resolve('.vivarium'),
    servers: null,
    observers: null,
    basePort: null,
    basePath: '',
    publicUrl: null,
    token: null,
    record: false,
    synthetic: null,
  });
});

test('every option can be given in the environment, and the command line wins', () => {
  const environment = {
    VIVARIUM_PORT: '9000',
    VIVARIUM_DATA_DIR: '/data',
    VIVARIUM_SERVERS: '5',
    VIVARIUM_OBSERVERS: '2',
    VIVARIUM_BASE_PORT: '3000',
    VIVARIUM_BASE_PATH: '/zoo/',
    VIVARIUM_TOKEN: 'secret',
    VIVARIUM_RECORD: 'true',
  };
  const expected = { port: 9000, portChosen: true, dataDir: '/data', servers: 5, observers: 2, basePort: 3000 };
  expect(read([], environment)).toMatchObject({ ...expected, basePath: '/zoo', token: 'secret', record: true });
  expect(read(['--port', '1', '--base-path', '/'], environment)).toMatchObject({ port: 1, basePath: '' });
  expect(read([], { VIVARIUM_PORT: '', VIVARIUM_RECORD: '0' })).toMatchObject({ port: 8080, record: false });
});

test('the usage is asked for, and names every option', () => {
  expect(readOptions(['--help'], {})).toBeNull();
  expect(readOptions(['-h', '--port', 'x'], {})).toBeNull();
  for (const name of Object.keys(optionTable)) expect(usage()).toContain(`--${name}`);
});

test.each([
  [['--port', 'http'], '--port is a whole number from 0 to 65535, not "http".'],
  [['--port', '65536'], '--port is a whole number from 0 to 65535, not "65536".'],
  [['--servers', '0'], '--servers is a whole number from 1 to 99, not "0".'],
  [['--servers', '1', '--observers', '1'], '--observers needs an ensemble'],
  [['--base-port', '65535'], '--base-port is a whole number from 1 to'],
  [['--synthetic', '0'], '--synthetic is a whole number from 1 to 100000, not "0".'],
  [['--base-path', 'zoo'], '--base-path is a path such as /vivarium'],
  [['--base-path', '/a/../b'], '--base-path is a path such as /vivarium'],
  [['--base-path', '/"><script>'], '--base-path is a path such as /vivarium'],
  [['--public-url', 'example.org'], '--public-url is an address such as'],
  [['--public-url', 'ftp://example.org'], '--public-url is an address such as'],
  [['--token', 'two words'], '--token is made of letters'],
  [['--token', ''], '--token needs a value'],
  [['--host', '0.0.0.0'], '--host 0.0.0.0 can be reached from other machines'],
  [['--host', '0.0.0.0', '--allow-insecure', '--token', 'short'], '--token has 5 characters'],
  [['--colour'], 'Unknown option'],
  [['file'], 'See --help'],
])('%j is refused with a sentence', (argv, sentence) => {
  expect(refusal(argv)).toContain(sentence);
});

test('what came from the environment is named as it is there', () => {
  expect(refusal([], { VIVARIUM_PORT: 'x', VIVARIUM_RECORD: 'maybe' }).split('\n')).toEqual([
    'VIVARIUM_PORT is a whole number from 0 to 65535, not "x".',
    'VIVARIUM_RECORD is a switch, true or false, not "maybe".',
  ]);
});

test('an address beyond this machine is taken where that was allowed, and a public one brings its path', () => {
  expect(read(['--host', '0.0.0.0', '--allow-insecure'])).toMatchObject({ host: '0.0.0.0' });
  expect(read(['--host', '::1'])).toMatchObject({ host: '::1' });
  expect(read(['--public-url', 'https://example.org/zoo/'])).toMatchObject({ basePath: '/zoo' });
});

test('clusters to attach are given several times, and then nothing is hosted unless that was asked for too', () => {
  expect(read([])).toMatchObject({ attach: [], attachHosts: null, hosts: true });
  const attach = ['zk1:2181,zk2:2181/a', 'other'];
  expect(read(['--attach', 'zk1:2181,zk2:2181/a', '--attach', 'other'])).toMatchObject({ attach, hosts: false });
  expect(read([], { VIVARIUM_ATTACH: ' zk1:2181,zk2:2181/a  other ' })).toMatchObject({ attach, hosts: false });
  expect(read(['--attach', 'zk1'], { VIVARIUM_ATTACH: 'zk2' })).toMatchObject({ attach: ['zk1'] });
  expect(read(['--attach', 'zk1', '--servers', '3'])).toMatchObject({ hosts: true });
  expect(read(['--attach-hosts', 'loopback, 10.0.0.0/8']).attachHosts?.text).toBe('loopback, 10.0.0.0/8');
});

test.each([
  [['--attach', 'zk1:99999'], '--attach has "zk1:99999", whose port is no number'],
  [['--attach', 'a:b:c'], '--attach has "a:b:c", which is no server'],
  [['--attach', ','], '--attach names no server'],
  [['--attach', 'zk1/a/'], '--attach ends with "/a/", which is no path'],
  [['--attach-hosts', '10.0.0.0/64'], '--attach-hosts has "10.0.0.0/64", which is no network'],
  [['--attach-hosts', 'zk1:9-3'], '--attach-hosts has "zk1:9-3", whose ports are none'],
])('%j is refused with a sentence', (argv, sentence) => {
  expect(refusal(argv)).toContain(sentence);
});
