import { Bytes, RawConnection, requestFrame } from '../../harness/raw-connection.ts';
import { bodyText, Fields } from './reply-text.ts';
import { SUPERUSER, type } from './request-generator.ts';

const READS = [type.getData, type.getACL, type.getChildren];
/** So many paths are asked for at once. */
const WINDOW = 200;

/**
 * The tree of the server on this port, once it has caught up, as text: for each path what getData, getACL and the Stat say,
 * times and session ids included.
 */
export async function readTree(port: number): Promise<Map<string, string>> {
  const connection = await RawConnection.openSession(port);
  await connection.request(type.auth, new Bytes().int(0).field('digest').field(SUPERUSER).buffer);
  await connection.request(type.sync, new Bytes().field('/').buffer);
  const names = { nameOf: (sessionId: bigint) => `0x${sessionId.toString(16)}` };
  const nodes = new Map<string, string>();
  const left = ['/'];
  while (left.length > 0) {
    const paths = left.splice(-WINDOW);
    for (const path of paths) {
      const body = new Bytes().field(path).byte(0).buffer;
      connection.send(Buffer.concat(READS.map((read) => requestFrame(1, read, body))));
    }
    for (const path of paths) {
      const parts: string[] = [];
      for (const read of READS) {
        const reply = await connection.nextReply();
        if (reply?.error !== 0) throw new Error(`${path}: ${reply?.error}`);
        parts.push(bodyText(read, reply.body, names, { exactTimes: true }));
        if (read !== type.getChildren) continue;
        const fields = new Fields(reply.body);
        const children = fields.vector(() => String(JSON.parse(fields.text())));
        for (const child of children) left.push(path === '/' ? `/${child}` : `${path}/${child}`);
      }
      nodes.set(path, parts.join('\n'));
    }
  }
  await connection.request(type.closeSession);
  return nodes;
}
