import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { describe, expect, test } from 'vitest';
import { DatabaseBuilder } from '../database.ts';
import { DataTree } from './data-tree.ts';

class Bench {
  readonly tree = new DataTree();
  private zxid = 0n;

  constructor() {
    this.tree.finishLoading();
  }

  create(path: string, data = ''): void {
    const node = { data: encodeUtf8(data), acl: null, ephemeralOwner: 0n, parentCversion: -1 };
    expect(this.tree.create(path, node, ++this.zxid, 0, null)).toBe(0);
  }

  set(path: string, data: string | null): void {
    expect(this.tree.setData(path, data === null ? null : encodeUtf8(data), 1, ++this.zxid, 0, null)).toBe(0);
  }

  delete(path: string): void {
    expect(this.tree.delete(path, ++this.zxid, null)).toBe(0);
  }

  /** Gives a subtree limits as zkCli.sh does: those first, then the stats. */
  limit(subtree: string, text = 'count=1,bytes=1'): void {
    let at = '/zookeeper/quota';
    for (const name of subtree.split('/').slice(1)) {
      at += `/${name}`;
      if (this.tree.get(at) === undefined) this.create(at);
    }
    this.create(`${at}/zookeeper_limits`, text);
    this.create(`${at}/zookeeper_stats`, 'count=-1,bytes=-1');
  }

  stats(subtree: string, tree = this.tree): string | null {
    const data = tree.get(`/zookeeper/quota${subtree}/zookeeper_stats`)?.data;
    return data == null ? null : decodeUtf8(data);
  }

  /** The tree as a server has it that was given a snapshot. */
  reloaded(): DataTree {
    const builder = new DatabaseBuilder();
    const image = this.tree.holdImage(this.zxid);
    for (const [aclId, acl] of image.acls) builder.add({ kind: 'acl', aclId, acl });
    for (const node of image.nodes) builder.add({ kind: 'node', node });
    image.release();
    return builder.finish(this.zxid).tree;
  }
}

describe('quotas', () => {
  test('what is in the subtree is counted when the stats are made, and from then on', () => {
    const bench = new Bench();
    bench.create('/a', '12');
    bench.create('/a/b', '345');
    bench.create('/ab', 'not below');
    bench.limit('/a');
    expect(bench.stats('/a')).toBe('count=2,bytes=5');
    bench.create('/a/c', '6789');
    bench.set('/a/b', null);
    bench.set('/a', '1234567');
    bench.create('/ab/c', 'not below');
    expect(bench.stats('/a')).toBe('count=3,bytes=11');
    bench.delete('/a/c');
    expect(bench.stats('/a')).toBe('count=2,bytes=7');
  });

  test('a subtree that is not there yet counts nothing', () => {
    const bench = new Bench();
    bench.limit('/later/on');
    expect(bench.stats('/later/on')).toBe('count=0,bytes=0');
    bench.create('/later');
    bench.create('/later/on', '12');
    expect(bench.stats('/later/on')).toBe('count=1,bytes=2');
  });

  test('the Stat of the stats does not change, nor does the digest', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('/a');
    const before = { ...bench.tree.get('/zookeeper/quota/a/zookeeper_stats'), data: null };
    bench.create('/a/b', '12');
    expect({ ...bench.tree.get('/zookeeper/quota/a/zookeeper_stats'), data: null }).toEqual(before);
    expect(bench.reloaded().digest).toBe(bench.tree.digest);
  });

  test('the smallest subtree is charged, and no other', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.create('/a/b');
    bench.limit('/a');
    bench.limit('/a/b');
    bench.create('/a/b/c', '12');
    expect([bench.stats('/a'), bench.stats('/a/b')]).toEqual(['count=2,bytes=0', 'count=2,bytes=2']);
    bench.delete('/zookeeper/quota/a/b/zookeeper_limits');
    bench.create('/a/b/d', '3');
    expect([bench.stats('/a'), bench.stats('/a/b')]).toEqual(['count=3,bytes=1', 'count=2,bytes=2']);
  });

  test('a server that loads a snapshot counts anew, smaller subtrees included', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.create('/a/b');
    bench.limit('/a');
    bench.limit('/a/b');
    bench.create('/a/b/c', '12');
    const tree = bench.reloaded();
    expect([bench.stats('/a', tree), bench.stats('/a/b', tree)]).toEqual(['count=3,bytes=2', 'count=2,bytes=2']);
    expect(tree.quotas.subtreeOf('/a/b/x')).toBe('/a/b');
    expect(tree.quotas.subtreeOf('/b')).toBeNull();
  });

  test('limits without stats count nothing, and stats may be as odd as a log holds them', () => {
    const bench = new Bench();
    bench.create('/zookeeper/quota/a');
    bench.create('/zookeeper/quota/a/zookeeper_limits', 'count=x');
    bench.create('/a', '12');
    bench.create('/zookeeper/quota/a/zookeeper_stats', 'x');
    bench.set('/zookeeper/quota/a/zookeeper_stats', 'count=,odd=7');
    bench.create('/a/b', '345');
    expect(bench.stats('/a')).toBe('count=0,bytes=2=;odd=7');
  });

  test('limits of no subtree are of no account', () => {
    const bench = new Bench();
    bench.create('/zookeeper/quota/zookeeper_limits', 'count=1');
    bench.create('/zookeeper/quota/zookeeper_stats', 'count=1');
    bench.create('/a');
    expect(bench.tree.quotas.subtreeOf('/a')).toBeNull();
    expect(bench.reloaded().quotas.subtreeOf('/a')).toBeNull();
    bench.delete('/zookeeper/quota/zookeeper_limits');
  });

  test('an image shows the stats of its instant', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('/a');
    const image = bench.tree.holdImage(100n);
    bench.create('/a/b');
    const stats = [...image.nodes].find(({ path }) => path.endsWith('/zookeeper_stats'));
    image.release();
    expect(decodeUtf8(stats?.data ?? new Uint8Array())).toBe('count=1,bytes=0');
    expect(bench.stats('/a')).toBe('count=2,bytes=0');
  });
});
