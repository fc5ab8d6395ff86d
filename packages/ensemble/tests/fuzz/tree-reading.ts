import { createHash } from 'node:crypto';
import { Bytes, RawConnection, requestFrame } from '../harness/raw-connection.ts';

const GET_DATA = 4;
const GET_ACL = 6;
const GET_CHILDREN = 8;
const AUTH = 100;
const SYNC = 9;

/** `super:fuzz` as DigestAuthenticationProvider.superDigest wants it, so that ACLs made by the fuzzer hide nothing. */
export const SUPER_DIGEST = `super:${createHash('sha1').update('super:fuzz').digest('base64')}`;

/** A session of the superuser. */
export async function openAsSuper(port: number): Promise<RawConnection> {
  const connection = await RawConnection.openSession(port, 60_000);
  connection.send(new Bytes().int(-4).int(AUTH).int(0).field('digest').field('super:fuzz').frame);
  await connection.nextReply();
  return connection;
}

/** A digest of the whole tree as one server shows it: every path, datum, Stat and ACL. */
export async function readTree(port: number): Promise<{ digest: string; znodes: number }> {
  const connection = await openAsSuper(port);
  try {
    await connection.request(SYNC, new Bytes().field('/').buffer);
    const lines: string[] = [];
    for (let level = ['/']; level.length > 0; ) {
      const next: string[] = [];
      for (let start = 0; start < level.length; start += 200)
        next.push(...(await readSome(connection, level.slice(start, start + 200), lines)));
      level = next;
    }
    return { digest: createHash('sha1').update(lines.toSorted().join('\n')).digest('hex'), znodes: lines.length };
  } finally {
    connection.destroy();
  }
}

/** Reads these znodes, a few requests each at once, and returns their children. */
async function readSome(connection: RawConnection, paths: readonly string[], lines: string[]): Promise<string[]> {
  for (const path of paths) {
    const body = new Bytes().field(path).byte(0).buffer;
    connection.send(requestFrame(1, GET_DATA, body));
    connection.send(requestFrame(1, GET_ACL, new Bytes().field(path).buffer));
    connection.send(requestFrame(1, GET_CHILDREN, body));
  }
  const children: string[] = [];
  for (const path of paths) {
    const [data, acl, names] = [
      await connection.nextReply(),
      await connection.nextReply(),
      await connection.nextReply(),
    ];
    if (data === undefined || acl === undefined || names === undefined) throw new Error('the connection has closed');
    lines.push(`${path} ${data.error} ${data.body.toString('hex')} ${acl.error} ${acl.body.toString('hex')}`);
    if (names.error !== 0) continue;
    let at = 4;
    for (let left = names.body.readInt32BE(0); left > 0; left--) {
      const end = at + 4 + names.body.readInt32BE(at);
      children.push(`${path === '/' ? '' : path}/${names.body.toString('utf8', at + 4, end)}`);
      at = end;
    }
  }
  return children;
}
