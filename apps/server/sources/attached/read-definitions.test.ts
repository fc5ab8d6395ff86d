import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withCluster, withoutCluster, withReadOnly } from './edit-definitions.ts';
import { JsonTextError, parseJsonText } from './json-text.ts';
import { readDefinitions } from './read-definitions.ts';

const WRITTEN = `// Ours.
{
  "attachHosts": "loopback, 10.0.0.0/8", // the zoo
  "clusters": [
    // Production: look, do not touch.
    {
      "id": "prod",
      "name": "Production",
      "connect": "zk1:2181,zk2:2181/app",
      "credentials": [{ "file": "prod.digest" }, { "scheme": "digest", "env": "ZK_DIGEST" }],
      "tls": { "ca": "ca.pem", "cert": "me.pem", "key": "me.key", "serverName": "zk" },
      "ways": { "observer": false },
      "members": [{ "sid": 1, "quorum": "10.0.0.1:2888", "client": "[fd00::1]:2181", "role": "observer" }],
      "mirror": { "megabytes": 100, "znodes": 1000 },
      "transactions": { "days": 2, "megabytes": 0 },
    },
    { "id": "test", "connect": "127.0.0.1:2181" } // here
  ]
}
`;

test('a file with everything in it', () => {
  const { definitions, attachHosts, faults } = readDefinitions(WRITTEN);
  expect(faults).toEqual([]);
  expect(attachHosts).toBe('loopback, 10.0.0.0/8');
  expect(definitions).toMatchObject([
    {
      id: 'prod',
      name: 'Production',
      connect: 'zk1:2181,zk2:2181/app',
      readOnly: true,
      credentials: [
        { scheme: 'digest', secret: { file: 'prod.digest' } },
        { scheme: 'digest', secret: { env: 'ZK_DIGEST' } },
      ],
      tls: { ca: 'ca.pem', cert: 'me.pem', key: 'me.key', serverName: 'zk' },
      quorumTls: null,
      ways: { observer: false, election: true, words: true, admin: true },
      members: [
        {
          sid: 1,
          role: 'observer',
          client: { host: 'fd00::1', port: 2181 },
          quorum: { host: '10.0.0.1', port: 2888 },
          election: null,
        },
      ],
      mirror: { maxBytes: 104_857_600, maxZnodes: 1000 },
      transactions: { maxAgeMs: 172_800_000, maxBytes: 0 },
      isFromPage: false,
    },
    { id: 'test', name: '127.0.0.1:2181', readOnly: false },
  ]);
});

/** Field and words of each fault in a cluster beside a good one, which is there all the same. */
function faultsOf(cluster: string): string[] {
  const text = `{"clusters": [{"id": "good", "connect": "a:1"},\n${cluster}]}`;
  const { definitions, faults } = readDefinitions(text);
  expect(definitions.map(({ id }) => id)).toEqual(['good']);
  return faults.map(({ line, field, what }) => `${line} ${field} ${what}`);
}

test.each([
  ['{"connect": "a:1"}', '2 clusters[1].id is missing'],
  ['{"id": "good", "connect": "b:1"}', '2 clusters[1].id is "good" as of a cluster above it'],
  ['{"id": "local", "connect": "b:1"}', '2 clusters[1].id is made of small letters'],
  ['{"id": "../x", "connect": "b:1"}', '2 clusters[1].id is made of small letters'],
  ['{"id": "b"}', '2 clusters[1].connect is missing'],
  ['{"id": "b", "connect": "b:99999"}', '2 clusters[1].connect has "b:99999", whose port'],
  ['{"id": "b", "connect": 7}', '2 clusters[1].connect is a text in quotes'],
  ['{"id": "b", "connect": "b",\n"readonly": true}', '3 clusters[1].readonly is not known here'],
  ['{"id": "b", "connect": "b", "tls": {"key": "k"}}', '2 clusters[1].tls has cert and key, or neither'],
  ['{"id": "b", "connect": "b", "credentials": [{}]}', '2 clusters[1].credentials[0] names either a file'],
  [
    '{"id": "b", "connect": "b", "members": [{"sid": 1, "quorum": "h"}]}',
    '2 clusters[1].members[0].quorum is host:port',
  ],
  ['{"id": "b", "connect": "b", "mirror": {"znodes": 0.5}}', '2 clusters[1].mirror.znodes is a whole number'],
  ['[]', '2 clusters[1] is to be an object'],
])('%s is a fault with its place', (cluster, fault) => {
  expect(faultsOf(cluster).join('\n')).toContain(fault);
});

test('a secret in the file is a fault that does not repeat it', () => {
  const faults = faultsOf('{"id": "b", "connect": "b", "credentials": [{"auth": "user:hunter2"}]}');
  expect(faults.join()).toContain('credentials[0].auth does not belong here');
  expect(faults.join()).not.toContain('hunter2');
});

test.each([
  ['{', '1 this bracket has no "}"'],
  ['{"a": 1}\n}', '2 "}" stands behind the end'],
  ['{\n"clusters": [}', '2 a value is expected, not "}"'],
  ['{"a": 1, "a": 2}', '1 "a" stands there twice'],
  ['{"a": tru}', '1 "tru" is no value'],
  ['{"a": "x\n"}', '1 a text has no end on its line'],
  ['{"a" 1}', '1 a colon is expected'],
  ['', '1 a value is expected, not the end of the file'],
  ['['.repeat(10_000), 'brackets in one another'],
])('%j is no JSON, and where', (text, fault) => {
  const { faults, definitions } = readDefinitions(text.slice(0, 10_000));
  expect(definitions).toEqual([]);
  expect(faults.map(({ line, what }) => `${line} ${what}`).join()).toContain(fault);
});

test('what is JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (json, indent) => {
      const value: unknown = JSON.parse(json);
      expect(readValue(JSON.stringify(value, null, indent))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test('any text is read or refused, and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:/*\\n 0-e.truefalsnx\n') }), (text) => {
      try {
        parseJsonText(text);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonTextError);
      }
    }),
    { numRuns: 2_000 },
  );
});

/** The value of a text, without its places. */
function readValue(text: string): unknown {
  const plain = (node: ReturnType<typeof parseJsonText>): unknown => {
    switch (node.kind) {
      case 'object':
        // As JSON.parse does it: a member `__proto__` is a member.
        return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
      case 'array':
        return node.items.map(plain);
      case 'null':
        return null;
      default:
        return node.value;
    }
  };
  return plain(parseJsonText(text));
}

const NEW = { id: 'new', name: 'New "one"', connect: 'n:1', readOnly: true };

test('a cluster is added, switched and removed, and all that a person wrote stays', () => {
  const added = withCluster(WRITTEN, NEW);
  const read = readDefinitions(added);
  expect(read.faults).toEqual([]);
  expect(read.definitions.map(({ id, isFromPage }) => [id, isFromPage])).toEqual([
    ['prod', false],
    ['test', false],
    ['new', true],
  ]);
  expect(added.startsWith(WRITTEN.slice(0, WRITTEN.indexOf('} // here')))).toBe(true);
  expect(added).toContain('}, // here\n');
  expect(withoutCluster(added, 'new')).toBe(WRITTEN);
  expect(withoutCluster(added, 'none')).toBe(added);
  const open = withReadOnly(added, 'new', false);
  expect(readDefinitions(open).definitions[2]?.readOnly).toBe(false);
  expect(withReadOnly(open, 'new', true)).toBe(added);
  const production = withReadOnly(WRITTEN, 'prod', false);
  expect(readDefinitions(production).definitions[0]?.readOnly).toBe(false);
  expect(production).toContain('// Production: look, do not touch.');
  expect(readDefinitions(withoutCluster(WRITTEN, 'prod')).definitions.map(({ id }) => id)).toEqual(['test']);
});

test.each([
  '',
  '{}',
  '{"clusters": []}',
  '{"clusters": [\n  // none yet\n]}',
  '{"attachHosts": "none"}',
  '{"attachHosts": "none", // no\n}',
  '{"clusters": [{"id": "a", "connect": "a:1"},]}',
  '{"clusters": [{"id": "a", "connect": "a:1"} /* last */]}',
  // An entry with a fault is not lost.
  '{"clusters": [{"id": "a", "conect": "a:1"}]}',
])('to %j a cluster can be added, twice, and taken out again', (text) => {
  const before = text === '' ? 0 : readDefinitions(text).definitions.length;
  const once = withCluster(text, NEW);
  const twice = withCluster(once, { ...NEW, id: 'newer' });
  expect(readDefinitions(twice).definitions).toHaveLength(before + 2);
  expect(readDefinitions(twice).faults).toHaveLength(text === '' ? 0 : readDefinitions(text).faults.length);
  const left = readDefinitions(withoutCluster(withoutCluster(twice, 'new'), 'newer'));
  expect(left.definitions).toHaveLength(before);
});
