import { afterEach, describe, expect, test } from 'vitest';
import { bytesOf, closeClientPorts, dial, framed, listening, untilClosed } from '../tests/harness/client-port-rig.ts';
import { pollUntil } from '../tests/harness/poll.ts';
import { ListenError } from './listening.ts';

afterEach(closeClientPorts);

describe('the client port', () => {
  test('frames, however they are cut, are answered in order, and a close is told once', async () => {
    const rig = await listening();
    const socket = dial(rig.at);
    const stream = Buffer.concat([framed('first'), framed('second'), framed('x'.repeat(70_000))]);
    for (const [start, end] of [
      [0, 2],
      [2, 6],
      [6, 20],
      [20, stream.length],
    ] as const) {
      socket.write(stream.subarray(start, end));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await bytesOf(socket, stream.length)).toEqual(stream);
    expect(rig.log).toEqual(['connected 1', 'frame 1 5', 'frame 1 6', 'frame 1 70000']);
    expect(rig.port.packets).toEqual({ received: 3, sent: 3 });
    expect(rig.port.connectionCount).toBe(1);
    socket.destroy();
    await rig.heard('closed 1');
    expect(rig.port.connectionCount).toBe(0);
  });

  test.each([
    { name: 'zero', length: 0 },
    { name: 'negative', length: -1 },
    { name: 'too long', length: 0x100000 },
  ])('security 1: a length that is $name closes the connection without an answer', async ({ length }) => {
    const rig = await listening();
    const socket = dial(rig.at);
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    socket.write(bytes);
    expect(await untilClosed(socket)).toHaveLength(0);
    expect(rig.log).toEqual([]);
  });

  test('jute.maxbuffer is the longest frame', async () => {
    const rig = await listening({ maxFrameBytes: 100 });
    const socket = dial(rig.at);
    socket.write(framed('x'.repeat(100)));
    expect(await bytesOf(socket, 104)).toHaveLength(104);
    socket.write(framed('x'.repeat(101)));
    expect(await untilClosed(socket)).toHaveLength(0);
    const large = await listening({ maxFrameBytes: 2_000_000 });
    dial(large.at).write(framed('x'.repeat(2_000_000)));
    await large.heard('frame 1 2000000');
  });

  test('a four-letter word instead of the first frame, and not after it', async () => {
    const rig = await listening();
    const first = dial(rig.at);
    first.write('ruok');
    expect((await untilClosed(first)).toString()).toBe('ruok!');
    const unknown = dial(rig.at);
    unknown.write('what');
    expect(await untilClosed(unknown)).toHaveLength(0);
    const later = dial(rig.at);
    later.write(framed('hello'));
    await bytesOf(later, 9);
    later.write('ruok');
    expect(await untilClosed(later)).toHaveLength(0);
    await rig.heard(/^closed/);
  });

  test('security 2: who only claims long frames before a session has no memory set aside', async () => {
    const rig = await listening();
    const claim = Buffer.alloc(8);
    claim.writeInt32BE(0xfffff);
    const before = process.memoryUsage().arrayBuffers;
    const count = 300;
    for (let i = 0; i < count; i++) dial(rig.at).write(claim);
    await pollUntil(async () => (rig.port.connectionCount === count ? true : undefined), {
      deadlineMs: 10_000,
      describe: () => `${rig.port.connectionCount} connections`,
    });
    dial(rig.at).write(framed('the last'));
    await rig.heard(/^frame/);
    // All claims together are 300 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024);
  });

  test('security 3: a silent connection is closed, one that has sent a frame is not', async () => {
    const rig = await listening({ sessionlessTimeoutMs: 50 });
    const active = dial(rig.at);
    active.write(framed('hello'));
    await bytesOf(active, 9);
    const silent = dial(rig.at);
    silent.write(Buffer.from([0, 0]));
    await untilClosed(silent);
    active.write(framed('again'));
    expect(await bytesOf(active, 9)).toEqual(framed('again'));
  });

  test('security 4: connections from one address are limited, and leaving makes room', async () => {
    const rig = await listening({ maxClientCnxns: 1 });
    const first = dial(rig.at);
    first.write(framed('one'));
    await rig.heard('frame 1 3');
    expect(await untilClosed(dial(rig.at))).toHaveLength(0);
    await rig.heard(/^warn .*maxClientCnxns/);
    first.destroy();
    await rig.heard('closed 1');
    const second = dial(rig.at);
    second.write(framed('two'));
    await rig.heard('frame 2 3');
  });

  test('connections from all addresses together are limited by maxCnxns', async () => {
    const rig = await listening({ maxCnxns: 2 });
    const first = dial(rig.at);
    for (const [index, socket] of [first, dial(rig.at)].entries()) {
      socket.write(framed('x'.repeat(index + 1)));
      await rig.heard(`frame ${index + 1} ${index + 1}`);
    }
    expect(await untilClosed(dial(rig.at))).toHaveLength(0);
    await rig.heard('warn refused a connection from 127.0.0.1: maxCnxns allows 2');
    first.destroy();
    await rig.heard('closed 1');
    dial(rig.at).write(framed('four'));
    await rig.heard('frame 3 4');
  });

  test('a close goes out behind the answers, and no closed follows', async () => {
    const rig = await listening();
    rig.onFrame = (client, frame) => {
      rig.port.send(client, framed(frame));
      rig.port.closeClient(client);
    };
    const socket = dial(rig.at);
    socket.write(Buffer.concat([framed('bye'), framed('more')]));
    expect(await untilClosed(socket)).toEqual(framed('bye'));
    expect(rig.log).toEqual(['connected 1', 'frame 1 3']);
  });

  test('a throttled client is not read, and goes on where it was', async () => {
    const rig = await listening();
    rig.onFrame = (client) => rig.port.throttle(client, true);
    const socket = dial(rig.at);
    socket.write(Buffer.concat([framed('1'), framed('22'), framed('333')]));
    await rig.heard('frame 1 1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.log).toEqual(['connected 1', 'frame 1 1']);
    rig.onFrame = () => {};
    rig.port.throttle(1, false);
    await rig.heard('frame 1 3');
    expect(rig.log).toEqual(['connected 1', 'frame 1 1', 'frame 1 2', 'frame 1 3']);
  });

  test('a client that does not read its answers is not asked for more, and gets all of them when it does', async () => {
    const rig = await listening();
    const answer = framed(new Uint8Array(1_000_000));
    rig.onFrame = (client) => rig.port.send(client, answer);
    const socket = dial(rig.at);
    socket.pause();
    const count = 60;
    socket.write(Buffer.concat(Array.from({ length: count }, () => framed('?'))));
    await rig.heard('frame 1 1');
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.port.packets.received).toBeLessThan(count);
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received === count * answer.length) socket.destroy();
    });
    socket.resume();
    await rig.heard('closed 1');
    expect(received).toBe(count * answer.length);
  });

  test('a client for which too much waits is dropped', async () => {
    const rig = await listening();
    rig.onFrame = () => {};
    const socket = dial(rig.at);
    socket.pause();
    socket.write(framed('hello'));
    await rig.heard('frame 1 5');
    const event = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 80; i++) rig.port.send(1, event);
    await rig.heard(/^warn dropped/);
    await rig.heard('closed 1');
  });

  test('a used port says whose key it is and what to do', async () => {
    const rig = await listening();
    const used = { host: '127.0.0.1', port: rig.at, setting: 'clientPort' };
    await expect(listening({ plain: used })).rejects.toThrow(ListenError);
    await expect(listening({ plain: used })).rejects.toThrow(
      new RegExp(`^clientPort: .*${rig.at}.*another process uses it`),
    );
  });
});
