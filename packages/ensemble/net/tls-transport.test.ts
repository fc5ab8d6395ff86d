import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../tests/harness/certificates.ts';
import { type PeerTransport, plainTransport, resetConnection } from './peer-transport.ts';
import { type TlsTransportOptions, tlsTransport } from './tls-transport.ts';

let directory: string;
let authority: CertificateAuthority;
/** Key files by the names of their certificates. */
const files = new Map<string, string>();
let strangers: CertificateAuthority;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-tls-'));
  authority = new CertificateAuthority(directory);
  strangers = new CertificateAuthority(directory, 'strangers');
  files.set('good', authority.issue('good'));
  files.set('expired', authority.issue('expired', { days: -1 }));
  files.set('other address', authority.issue('elsewhere', { subjectAltName: 'IP:127.0.0.2' }));
  // What the name service says of 127.0.0.1.
  files.set('name of the address', authority.issue('by-name', { subjectAltName: 'DNS:localhost' }));
  files.set('configured name', authority.issue('named', { subjectAltName: 'DNS:zk1.example' }));
  files.set('other authority', strangers.issue('stranger'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean();
});

function pem(name: string): string {
  return readFileSync(files.get(name) ?? '', 'utf8');
}

function transport(name: string, given: Partial<TlsTransportOptions> = {}): PeerTransport {
  const pem = readFileSync(files.get(name) ?? '', 'utf8');
  return tlsTransport(
    {
      secure: { key: pem, cert: pem, ca: authority.text, minVersion: 'TLSv1.2' },
      clientAuth: 'need',
      hostnameVerification: true,
      peerHosts: () => ['127.0.0.9', 'zk1.example'],
      dials: true,
      takesPlainText: false,
      ...given,
    },
    plainTransport,
  );
}

/** A port whose connections a transport takes; each that is ready echoes. */
class EchoPort {
  readonly warnings: string[] = [];
  readonly ready: Socket[] = [];
  readonly refused: Promise<string>;
  port = 0;

  constructor(accepting: PeerTransport) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.refused = promise;
    const acceptor = accepting.acceptor('the quorum port', (message) => {
      this.warnings.push(message);
      resolve(message);
    });
    const server = createServer((raw) => {
      raw.on('error', () => {});
      acceptor(raw, (socket) => {
        this.ready.push(socket);
        socket.on('error', () => {});
        socket.on('data', (chunk) => socket.write(chunk));
      });
    });
    cleanUp.push(() => server.close());
    this.listening = new Promise((listening) =>
      server.listen(0, '127.0.0.1', () => {
        this.port = (server.address() as AddressInfo).port;
        listening();
      }),
    );
  }

  private readonly listening: Promise<void>;

  static async open(accepting: PeerTransport): Promise<EchoPort> {
    const port = new EchoPort(accepting);
    await port.listening;
    return port;
  }
}

/** Settles with the connection, or with why there is none. */
function dial(dialling: PeerTransport, port: number, host = '127.0.0.1'): Promise<Socket | string> {
  const { promise, resolve } = Promise.withResolvers<Socket | string>();
  const cancel = dialling.dial({ host, port }, resolve, resolve);
  cleanUp.push(cancel);
  return promise;
}

async function connected(dialling: PeerTransport, port: number): Promise<Socket> {
  const socket = await dial(dialling, port);
  if (typeof socket === 'string') throw new Error(socket);
  socket.on('error', () => {});
  cleanUp.push(() => socket.destroy());
  return socket;
}

function hasClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let received = '';
  while (received.length < text.length) received += String((await once(socket, 'data'))[0]);
  return received;
}

describe('TLS between servers', () => {
  it('takes a certificate for the name that all are known by, and for no other then', async () => {
    const port = await EchoPort.open(transport('configured name', { clientAuth: 'none' }));
    expect(await dial(transport('good'), port.port)).toBe('its certificate is not for 127.0.0.1');
    const socket = await connected(transport('good', { serverName: 'zk1.example' }), port.port);
    expect(await echo(socket, 'heard')).toBe('heard');
    const other = transport('good', { serverName: 'zk2.example' });
    expect(await dial(other, port.port)).toBe('its certificate is not for zk2.example');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('carries both directions by %s', async (version) => {
    const pem = readFileSync(files.get('good') ?? '', 'utf8');
    const secure = { key: pem, cert: pem, ca: authority.text, minVersion: version, maxVersion: version };
    const port = await EchoPort.open(transport('good'));
    const socket = await connected(transport('good', { secure }), port.port);
    const long = 'x'.repeat(3_000_000);
    expect(await echo(socket, long)).toBe(long);
    expect(port.warnings).toEqual([]);
  });

  it.each(['expired', 'other address', 'name of the address', 'other authority'])(
    'refuses who dials with the certificate "%s"',
    async (name) => {
      const port = await EchoPort.open(transport('good'));
      // It trusts everybody itself, so that the refusal is the other side's.
      const socket = await dial(transport(name, { hostnameVerification: false }), port.port);
      if (typeof socket !== 'string') {
        socket.on('error', () => {});
        socket.write('never read');
      }
      expect(await port.refused).toMatch(
        /^refused a connection to the quorum port from 127\.0\.0\.1:\d+: its certificate is /,
      );
      expect(port.ready).toEqual([]);
      expect(port.warnings).toHaveLength(1);
    },
  );

  it.each([
    ['expired', 'expired'],
    ['other address', 'not for 127.0.0.1'],
    ['name of the address', 'not for 127.0.0.1'],
    ['other authority', 'certificate'],
  ])('does not listen to who is dialled and has the certificate "%s"', async (name, reason) => {
    const port = await EchoPort.open(transport(name));
    expect(await dial(transport('good'), port.port)).toContain(reason);
  });

  it('trusts no authority because a PKCS #12 key store holds it, whoever dials', async () => {
    const pfx = readFileSync(strangers.toPkcs12(files.get('other authority') ?? '', 'x'));
    const anchors = [new X509Certificate(authority.text)];
    const own = transport('good', { secure: { pfx, passphrase: 'x', ca: authority.text }, anchors });
    const port = await EchoPort.open(own);
    const trusting = { secure: { key: pem('other authority'), cert: pem('other authority'), ca: strangers.text } };
    await dial(transport('good', trusting), port.port);
    expect(await port.refused).toMatch(
      /its certificate is not trusted: no authority of the trust store has signed it$/,
    );
    expect(await dial(own, (await EchoPort.open(transport('other authority'))).port)).toContain('is not trusted');
    const good = { secure: { key: pem('good'), cert: pem('good'), ca: strangers.text } };
    expect(await echo(await connected(transport('good', good), port.port), 'hello')).toBe('hello');
  });

  it('takes the name that the configuration has for a server, whatever address it comes from', async () => {
    const port = await EchoPort.open(transport('good'));
    const socket = await connected(transport('configured name'), port.port);
    expect(await echo(socket, 'hello')).toBe('hello');
  });

  it('looks at names only where it is to', async () => {
    const port = await EchoPort.open(transport('other address', { hostnameVerification: false }));
    const socket = await connected(transport('name of the address', { hostnameVerification: false }), port.port);
    expect(await echo(socket, 'hello')).toBe('hello');
  });

  it.each(['need', 'want', 'none'] as const)('asks for a certificate as clientAuth=%s says', async (clientAuth) => {
    const port = await EchoPort.open(transport('good', { clientAuth }));
    const socket = connectTls({ host: '127.0.0.1', port: port.port, ca: authority.text });
    cleanUp.push(() => socket.destroy());
    socket.on('error', () => {});
    if (clientAuth === 'need') expect(await port.refused).toContain('it shows no certificate');
    else expect(await echo(socket, 'hello')).toBe('hello');
  });

  it('reads nothing of who speaks plain text, and says so once', async () => {
    const port = await EchoPort.open(transport('good'));
    const socket = await connected(plainTransport, port.port);
    socket.write('plain');
    expect(await port.refused).toContain('it does not speak TLS');
    expect(port.ready).toEqual([]);
  });

  it('takes plain text beside TLS where ports are unified', async () => {
    const port = await EchoPort.open(transport('good', { takesPlainText: true }));
    expect(await echo(await connected(plainTransport, port.port), 'plain')).toBe('plain');
    expect(await echo(await connected(transport('good'), port.port), 'secret')).toBe('secret');
    expect(await echo(await connected(transport('good', { dials: false }), port.port), 'plain too')).toBe('plain too');
  });

  it('tells of a handshake that makes no sense, or does not end', async () => {
    for (const bytes of [[0x16, 3, 1, 0, 4, 1, 2, 3, 4], [0x16]]) {
      const port = await EchoPort.open(transport('good'));
      const socket = connect({ host: '127.0.0.1', port: port.port });
      socket.on('error', () => {});
      socket.end(new Uint8Array(bytes));
      expect(await port.refused).toContain('refused a connection to the quorum port');
      expect(port.ready).toEqual([]);
      expect(port.warnings).toHaveLength(1);
    }
  });

  it('ends by a reset on either side, and says that the other side is gone', async () => {
    for (const side of ['dialled', 'accepted'] as const) {
      const port = await EchoPort.open(transport('good'));
      const dialled = await connected(transport('good'), port.port);
      await echo(dialled, 'hello');
      const [accepted] = port.ready;
      if (accepted === undefined) throw new Error('nothing was accepted');
      const [breaking, other] = side === 'dialled' ? [dialled, accepted] : [accepted, dialled];
      const errors: string[] = [];
      other.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
      const closed = Promise.all([hasClosed(other), hasClosed(breaking)]);
      resetConnection(breaking);
      await closed;
      expect(errors).toEqual(['ECONNRESET']);
    }
  });
});
