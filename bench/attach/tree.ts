/** The tree that is attached to: a million small znodes, three hundred thousand of them side by side. */
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';

/** The parent of those that lie side by side. */
export const MANY = 'many';
export const MANY_CHILDREN = 300_000;
const DATA_BYTES = 100;
const CHILDREN_OF_A_FOLDER = 1_000;
/** A multi below `jute.maxbuffer`. */
const ZNODES_A_MULTI = 1_000;
const MULTIS_UNDER_WAY = 8;

/** Makes so many znodes, at least those of {@link MANY}. */
export async function growTree(connectString: string, znodes: number): Promise<void> {
  const client = new ZooKeeperClient({ connectString, operationDeadlineMs: 120_000 });
  client.start();
  try {
    await client.create(`/${MANY}`, new Uint8Array(0));
    await client.create('/data', new Uint8Array(0));
    const batches = batchesOf(znodes);
    const lane = async (): Promise<void> => {
      for (const { folder, paths } of batches) {
        if (folder !== null) await client.create(folder, new Uint8Array(0));
        await client.multi(paths.map((path) => ({ op: 'create', path, data: dataOf(path) })));
      }
    };
    // All lanes draw from the same generator.
    await Promise.all(Array.from({ length: MULTIS_UNDER_WAY }, lane));
  } finally {
    await client.close();
  }
}

/** What each znode holds: its own path, so that there is something to find, filled up. */
function dataOf(path: string): Uint8Array {
  return new TextEncoder().encode(`{"owner":"${path}"}`.padEnd(DATA_BYTES, ' ').slice(0, DATA_BYTES));
}

function* batchesOf(znodes: number): Generator<{ folder: string | null; paths: readonly string[] }> {
  const many = Math.min(MANY_CHILDREN, znodes);
  for (let first = 0; first < many; first += ZNODES_A_MULTI) {
    const length = Math.min(ZNODES_A_MULTI, many - first);
    yield { folder: null, paths: numbered(`/${MANY}/child-`, first, length) };
  }
  for (let first = many; first < znodes; first += CHILDREN_OF_A_FOLDER) {
    const folder = `/data/folder-${String(first / CHILDREN_OF_A_FOLDER).padStart(4, '0')}`;
    yield { folder, paths: numbered(`${folder}/service-`, first, Math.min(CHILDREN_OF_A_FOLDER, znodes - first)) };
  }
}

function numbered(before: string, first: number, length: number): string[] {
  return Array.from({ length }, (_, at) => `${before}${String(first + at).padStart(7, '0')}`);
}
