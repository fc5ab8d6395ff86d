/** An observer and an election listener where servers speak TLS with each other. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WayReason } from '@vivarium/shared/contract/source';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedMember } from '../../attached/attached-member.ts';
import { ElectionListener } from '../../attached/election-listener.ts';
import { Observer } from '../../attached/observer.ts';
import { type PeerTransport, plainTransport } from '../../net/peer-transport.ts';
import { tlsTransport } from '../../net/tls-transport.ts';
import { CertificateAuthority } from '../harness/certificates.ts';
import { pollUntil } from '../harness/poll.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';

let directory: string;
let authority: CertificateAuthority;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-attached-tls-'));
  authority = new CertificateAuthority(directory);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Whoever the authority has signed for is trusted, and the certificate in the file is shown. */
function transportWith(trusted: CertificateAuthority, own: string): PeerTransport {
  const pem = readFileSync(own, 'utf8');
  return tlsTransport(
    {
      secure: { ca: trusted.text, key: pem, cert: pem, minVersion: 'TLSv1.2' },
      clientAuth: 'need',
      takesPlainText: false,
      hostnameVerification: true,
      peerHosts: () => [],
      dials: true,
    },
    plainTransport,
  );
}

/** What an observer and a listener come to by this transport: the mode of the leader, or the codes of what fails. */
async function outcome(
  members: readonly AttachedMember[],
  transport: PeerTransport,
  isThere: (seen: { readonly states: readonly string[]; readonly codes: ReadonlySet<string> }) => boolean,
): Promise<void> {
  const states: string[] = [];
  const codes = new Set<string>();
  const failed = (way: string, { code }: WayReason): void => void codes.add(`${way} ${code}`);
  const observer = new Observer(
    { members, transport },
    {
      state: ({ kind }) => states.push(`observer ${kind}`),
      installed: () => {},
      applying: () => {},
      applied: () => {},
      failed: (_, reason) => failed('observer', reason),
    },
  );
  const listener = new ElectionListener(
    { members, transport },
    { heard: (_, { state }) => states.push(`election ${state}`), failed: (_, reason) => failed('election', reason) },
  );
  observer.start();
  listener.start();
  try {
    await pollUntil(async () => (isThere({ states, codes }) ? true : undefined), {
      deadlineMs: 20_000,
      describe: () => JSON.stringify([states, [...codes]]),
    });
  } finally {
    listener.close();
    await observer.close();
  }
}

describe.each<Flavour>(['vivarium', 'apache'])('an ensemble of %s', (flavour) => {
  let ensemble: TestEnsemble;
  let members: readonly AttachedMember[];
  let own: string;

  beforeAll(async () => {
    own = authority.issue(`server-${flavour}`);
    ensemble = await TestEnsemble.start({ flavours: flavour, tickTimeMs: 500, extra: authority.keys(own) });
    members = ensemble.lines.map(({ sid, quorumPort, electionPort }) => ({
      sid,
      role: 'participant',
      quorum: { host: '127.0.0.1', port: quorumPort },
      election: { host: '127.0.0.1', port: electionPort },
      client: null,
    }));
  }, 60_000);

  afterAll(() => ensemble?.stop());

  test('both ways are open to who has a certificate that the servers trust', async () => {
    await outcome(members, transportWith(authority, own), ({ states }) =>
      ['observer following', 'election LEADING', 'election FOLLOWING'].every((state) => states.includes(state)),
    );
  });

  test('servers whose authority is not trusted are not talked to', async () => {
    const other = new CertificateAuthority(directory, `other-${flavour}`);
    await outcome(members, transportWith(other, own), ({ states, codes }) => {
      expect(states.filter((state) => state !== 'observer looking' && state !== 'observer connecting')).toEqual([]);
      return codes.has('observer tls') && codes.has('election tls');
    });
  });

  test('plain text is turned away', async () => {
    await outcome(members, plainTransport, ({ codes }) => codes.has('election turnedAway'));
  });
});
