import { createHash } from 'node:crypto';
import { type Flavour, quietJvmArguments } from '../../harness/server-command.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';

/** What a suite of checks runs against. */
export interface ClientEnsemble {
  /** For the test report. */
  name: string;
  flavour: Flavour;
  servers: number;
}

/** Every check of a client meets ours, and Apache's beside it: one that fails there is wrong. */
export const threeServers: readonly ClientEnsemble[] = [
  { name: 'three servers', flavour: 'vivarium', servers: 3 },
  { name: 'three Apache servers', flavour: 'apache', servers: 3 },
];

/** {@link threeServers}, and one server of ours alone, for clients that speak a protocol stack of their own. */
export const oneAndThreeServers: readonly ClientEnsemble[] = [
  { name: 'one server', flavour: 'vivarium', servers: 1 },
  ...threeServers,
];

/** What a client authenticates with (scheme `digest`) to be the superuser of a {@link startClientEnsemble}; as kazoo has it. */
export const superCredential = 'super:test';

/** An ensemble with all that clients may ask of one switched on, and empty containers looked for every half second. */
export function startClientEnsemble({ flavour, servers }: ClientEnsemble): Promise<TestEnsemble> {
  const checkIntervalMs = 500;
  return TestEnsemble.start({
    servers,
    flavours: flavour,
    extra: {
      reconfigEnabled: true,
      extendedTypesEnabled: true,
      enforceQuota: true,
      'readonlymode.enabled': true,
      'DigestAuthenticationProvider.superDigest': `super:${createHash('sha1').update(superCredential).digest('base64')}`,
      ...(flavour === 'vivarium' ? { 'znode.container.checkIntervalMs': checkIntervalMs } : {}),
    },
    // Apache reads these without the prefix that a key of zoo.cfg gets.
    jvmArguments: [
      `-Dznode.container.checkIntervalMs=${checkIntervalMs}`,
      '-Dreadonlymode.enabled=true',
      ...quietJvmArguments,
    ],
  });
}
