/** A server comes back with transactions that never were committed, and has to lose just these. */
import { strict as assert } from 'node:assert';
import { snapshotFile } from '@vivarium/wire/snapshot';
import { snapshotPath } from '../../../storage/file-names.ts';
import type { Scenario } from './scenario.ts';
import type { ScriptedClient } from './scripted-client.ts';
import { Stage, type StageOptions } from './stage.ts';

/** Server 3, now down, has a transaction for `/ghost` that nobody else ever saw; 2 leads 1 without it. */
function ghostOn3(options: StageOptions): { stage: Stage; client: ScriptedClient; zxid: bigint } {
  const stage = new Stage(options);
  stage.boot(3, 1, 2);
  const client = stage.client('c', 1);
  stage.createAll(client, '/a', '/b');
  const { zxid } = stage.ghost(3, stage.client('g', 3), '/ghost');
  stage.kill(3);
  stage.untilLeading(2);
  stage.untilServing(1);
  stage.connect(client, 2);
  return { stage, client, zxid };
}

export const TRUNCATION_SCENARIOS: readonly Scenario[] = [
  {
    bug: 1,
    jira: 'ZOOKEEPER-5094',
    title: 'a TRUNC that is interrupted leaves nothing in memory that is not in the log',
    play: (seed) => {
      const { stage, client } = ghostOn3({ seed });
      // A proposal is under way when s3 is truncated: it comes right behind the TRUNC.
      const acks = stage.hold({ from: 's1', to: 's2', packets: ['ACK'] });
      client.create('/under-way');
      stage.until('s1 has logged it', () => acks.caught);
      const newLeader = stage.hold({ from: 's2', to: 's3', packets: ['NEWLEADER'] });
      stage.start(3);
      stage.until('s3 is truncated', () => stage.received(3, 'TRUNC') > 0 && stage.received(3, 'PROPOSAL') > 0);
      stage.pass(100);
      assert(newLeader.caught, 'NEWLEADER has not left');
      stage.kill(2);
      acks.drop();
      stage.untilServing(1, 3);
      stage.createAll(stage.client('d', 3), '/after');
      stage.pass(100);
      stage.losePower(3);
      stage.start(3);
      stage.finish();
      assert(!stage.has(3, '/ghost'), 'what was never committed is gone');
      assert(stage.has(3, '/b') && stage.has(3, '/after'), 'what was committed is there');
    },
  },
  {
    bug: 12,
    jira: 'ZOOKEEPER-3701',
    title: 'a server whose full disk does not let it truncate stops, and does not go on with what it should have cut',
    play: (seed) => {
      const { stage, client } = ghostOn3({ seed, separateLogDisk: true });
      stage.start(3);
      stage.untilReceived(2, 'ACKEPOCH');
      stage.disks(3).log.condition = 'full';
      stage.untilReceived(3, 'TRUNC');
      stage.pass(20);
      // Somebody has made room meanwhile.
      stage.disks(3).log.condition = 'good';
      stage.createAll(client, '/c');
      stage.pass(500);
      const lived = stage.isRunning(3);
      if (lived) stage.losePower(3);
      stage.start(3);
      stage.untilServing(3);
      assert(!stage.has(3, '/ghost'), 'what was never committed is gone');
      stage.finish();
      assert(!lived, 's3 has stopped');
      assert(stage.exits[0]?.includes('the disk failed') === true, `and says why: ${stage.exits}`);
    },
  },
  {
    bug: 14,
    jira: 'ZOOKEEPER-1154',
    title: 'a server with the highest zxid that comes late loses what nobody else has',
    play: (seed) => {
      const { stage, client } = ghostOn3({ seed });
      const written = seed % 3 > 0;
      if (written) stage.createAll(client, '/c', '/d');
      stage.start(3);
      stage.untilServing(3);
      const mode = stage.synchronisations(3).at(-1);
      const kept = stage.has(3, '/ghost');
      stage.createAll(client, '/e');
      stage.pass(100);
      stage.losePower(3);
      stage.start(3);
      stage.untilServing(3);
      assert(!stage.has(3, '/ghost'), 'what was never committed does not come back from the disk');
      stage.finish();
      assert(!kept, 'it was gone at once');
      assert.equal(mode, written ? 'SNAP' : 'TRUNC');
    },
  },
  {
    bug: 14,
    jira: 'ZOOKEEPER-1156',
    title: 'a truncation leaves every transaction up to its target, wherever in a file that is',
    play: (seed) => {
      // Snapshots and with them new files at various places.
      const { stage, client, zxid } = ghostOn3({ seed, snapCount: 2 + (seed % 5) });
      const log = stage.disks(3).log;
      const names = log.list('version-2').filter((name) => name.startsWith('log.'));
      assert(names.length > 0, 'there is a log to cut');
      stage.start(3);
      stage.until('s3 has cut its log', () => stage.server(3).server.database.lastZxid !== zxid);
      const left = stage.server(3).server.database.lastZxid;
      stage.untilServing(3);
      stage.createAll(client, '/c');
      stage.finish();
      assert.equal(left, zxid - 1n, 'all but the ghost is left');
      for (const path of ['/a', '/b', '/c']) assert(stage.has(3, path), `s3 has ${path}`);
    },
  },
  {
    bug: 15,
    jira: 'ZOOKEEPER-4837',
    title: 'a TRUNC does not load a snapshot that is newer than its target',
    play: (seed) => {
      const { stage, client, zxid } = ghostOn3({ seed });
      // Apache takes a snapshot when it starts, of all that is in the log, committed or not: such a file is there too.
      const database = stage.recoverFrom(3);
      assert.equal(database.lastZxid, zxid, 'the snapshot holds the ghost');
      const { data } = stage.disks(3);
      const path = snapshotPath(zxid);
      data.create(path);
      let offset = 0;
      for (const chunk of snapshotFile(database.snapshot())) {
        data.write(path, offset, chunk);
        offset += chunk.length;
      }
      data.sync(path, () => {});
      data.syncDirectory('version-2', () => {});
      stage.pass(20);
      stage.start(3);
      stage.untilServing(3);
      const mode = stage.synchronisations(3).at(-1);
      const kept = stage.has(3, '/ghost');
      stage.createAll(client, '/c');
      stage.pass(100);
      stage.losePower(3);
      stage.start(3);
      stage.finish();
      assert.equal(mode, 'TRUNC', 's3 had to cut its log');
      assert(!kept, 'what was never committed is gone at once');
      assert(!stage.has(3, '/ghost'), 'and does not come back from the disk');
    },
  },
];
