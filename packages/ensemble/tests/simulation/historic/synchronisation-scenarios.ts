/** A learner is brought up to date, and the link, the leader or the power goes at the worst moment. */
import { strict as assert } from 'node:assert';
import { Perms } from '@vivarium/shared/acl';
import { OpCode } from '@vivarium/wire/op-code';
import type { Scenario } from './scenario.ts';
import { Stage, type StageOptions } from './stage.ts';

/**
 * Servers 2 and 3 have restarted and keep no transactions at hand, and 1 has missed some: whoever of them leads has to send
 * it a snapshot. Server 3 leads.
 */
function snapshotNeeded(options: StageOptions): Stage {
  const stage = new Stage({ ...options, recentTxns: 0 });
  stage.boot(3, 1, 2);
  const client = stage.client('c', 3);
  stage.createAll(client, '/before');
  stage.kill(1);
  stage.createAll(client, '/a', '/b', '/c');
  stage.kill(2, 3);
  stage.boot(3, 2);
  stage.createAll(stage.client('b', 3), '/behind-the-restart');
  return stage;
}

export const SYNCHRONISATION_SCENARIOS: readonly Scenario[] = [
  {
    bug: 2,
    jira: 'ZOOKEEPER-4925',
    title: 'a server that was synchronised by a DIFF passes all of it on when it leads',
    play: (seed) => {
      const stage = new Stage({ seed, voters: 5 });
      stage.boot(5, 1, 2, 3, 4);
      const client = stage.client('c', 4);
      stage.createAll(client, '/before');
      stage.kill(1, 5);
      stage.untilLeading(4);
      stage.connect(client, 4);
      stage.createAll(client, '/a', '/b', '/c');
      stage.start(5);
      stage.untilServing(5);
      assert.deepEqual(stage.synchronisations(5).at(-1), 'DIFF', 's5 came by a DIFF');
      stage.createAll(client, '/after');
      stage.pass(100);
      stage.kill(4);
      stage.untilLeading(5);
      stage.start(1);
      stage.untilServing(1);
      assert.deepEqual(stage.synchronisations(1).at(-1), 'DIFF', 's1 came by a DIFF');
      for (const path of ['/a', '/b', '/c', '/after']) assert(stage.has(1, path), `s1 has ${path}`);
      stage.finish();
    },
  },
  {
    bug: 9,
    jira: 'ZOOKEEPER-3642',
    title: 'a snapshot whose leader dies before NEWLEADER is on the disk before anything builds on it',
    play: (seed) => {
      const stage = snapshotNeeded({ seed });
      const hold = stage.hold({ from: 's3', to: 's1', packets: ['NEWLEADER'] });
      const snapshots = stage.received(1, 'SNAP');
      stage.start(1);
      stage.until('s1 has got the snapshot', () => stage.has(1, '/c'));
      assert(hold.caught, 'NEWLEADER has not left');
      assert.equal(stage.received(1, 'SNAP'), snapshots + 1, 's1 came by a snapshot');
      stage.kill(3);
      stage.until('s1 is looking', () => stage.server(1).server.peerState === 'LOOKING');
      stage.untilServing(1, 2);
      stage.createAll(stage.client('d', 2), '/d');
      stage.pass(200);
      stage.losePower(1, 2);
      stage.boot(2, 1);
      for (const path of ['/before', '/a', '/b', '/c', '/d']) assert(stage.has(1, path), `s1 has ${path}`);
      stage.finish();
    },
  },
  {
    bug: 10,
    jira: 'ZOOKEEPER-3104',
    title: 'a snapshot is named after what it holds, also where proposals are under way',
    play: (seed) => {
      const stage = snapshotNeeded({ seed });
      const client = stage.client('d', 3);
      const acks = stage.hold({ from: 's2', to: 's3', packets: ['ACK'] });
      const pending = [client.create('/p1'), client.create('/p2')];
      stage.until('the proposals are acknowledged', () => acks.caught);
      stage.start(1);
      stage.untilReceived(1, 'NEWLEADER');
      acks.release();
      for (const call of pending) stage.answered(call);
      stage.untilServing(1);
      assert.equal(stage.synchronisations(1).at(-1), 'SNAP', 's1 came by a snapshot');
      stage.pass(200);
      assert(stage.has(1, '/p1') && stage.has(1, '/p2'), 's1 has what was under way');
      stage.losePower(1);
      stage.start(1);
      stage.finish();
    },
  },
  {
    bug: 11,
    jira: 'ZOOKEEPER-2872',
    title: 'what follows a snapshot is not in the log while the snapshot is not on the disk',
    play: (seed) => {
      const stage = snapshotNeeded({ seed, separateLogDisk: true });
      const { data } = stage.disks(1);
      stage.start(1);
      stage.untilReceived(3, 'ACKEPOCH');
      data.holdAfter(Math.floor(seed / 2) % 6);
      const client = stage.client('d', 3);
      stage.createAll(client, '/d1', '/d2', '/d3');
      stage.pass(300);
      stage.losePower(1);
      stage.start(1);
      stage.untilServing(1);
      for (const path of ['/before', '/a', '/b', '/c', '/d1', '/d3']) assert(stage.has(1, path), `s1 has ${path}`);
      stage.finish();
    },
  },
  {
    bug: 13,
    jira: 'ZOOKEEPER-3526',
    title: 'a leader does not truncate others to the last transaction that it happens to have at hand',
    play: (seed) => {
      const stage = new Stage({ seed, recentTxns: 0 });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 2);
      stage.createAll(client, '/before');
      // s3 lives through all of this and keeps what it had at hand.
      stage.pause(3);
      stage.untilLeading(2);
      stage.connect(client, 2);
      stage.createAll(client, '/a', '/b');
      stage.kill(1, 2);
      stage.boot(2, 1);
      stage.createAll(stage.client('d', 2), '/c');
      stage.kill(1, 2);
      stage.boot(2, 1);
      stage.resume(3);
      stage.untilFollowing(3);
      assert.equal(stage.synchronisations(3).at(-1), 'SNAP', 's3 came by a snapshot');
      stage.kill(2);
      stage.untilLeading(3);
      stage.start(2);
      stage.untilServing(2);
      const kept = ['/a', '/b', '/c'].filter((path) => stage.has(2, path));
      stage.createAll(stage.client('e', 3), '/d');
      stage.finish();
      assert.deepEqual(kept, ['/a', '/b', '/c'], 's2 kept what was committed');
    },
  },
  {
    bug: 16,
    jira: 'ZOOKEEPER-2355',
    title: 'a learner whose link breaks behind a DIFF is not at its zxid, and the ephemeral goes when its session does',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const owner = stage.client('c', 3);
      stage.answered(owner.create('/ephemeral', true));
      stage.pass(100);
      stage.kill(1);
      stage.answered(owner.send({ type: OpCode.closeSession }));
      const hold = stage.hold({ from: 's3', to: 's1', packets: ['PROPOSAL'] });
      stage.start(1);
      stage.untilReceived(1, 'DIFF');
      stage.pass(20);
      assert(hold.caught, 'and nothing of what it announced');
      hold.drop();
      stage.until('s1 is looking', () => stage.server(1).server.peerState === 'LOOKING');
      stage.pass(20);
      stage.kill(3);
      stage.untilServing(1, 2);
      assert(!stage.has(1, '/ephemeral') && !stage.has(2, '/ephemeral'), 'the ephemeral has gone with its session');
      stage.finish();
    },
  },
  {
    bug: 21,
    jira: 'ZOOKEEPER-3306',
    title: 'ACLs are the same on all servers behind a snapshot, whatever a learner had before',
    play: (seed) => {
      const stage = new Stage({ seed, recentTxns: 0 });
      const acl = (user: string) => [
        { perms: Perms.READ | Perms.ADMIN, id: { scheme: 'digest', id: `${user}:x` } },
        { perms: Perms.ALL, id: { scheme: 'world', id: 'anyone' } },
      ];
      stage.boot(3, 1, 2);
      let client = stage.client('c', 2);
      const protect = (path: string, user: string): void => {
        stage.createAll(client, path);
        stage.answered(client.send({ type: OpCode.setACL, path, acl: acl(user), version: -1 }));
      };
      protect('/one', 'one');
      protect('/two', 'two');
      // s3 lives on with its own table of ACLs while the others go through the same ids in another order.
      stage.pause(3);
      stage.untilLeading(2);
      stage.connect(client, 2);
      stage.answered(client.send({ type: OpCode.delete, path: '/one', version: -1 }));
      protect('/three', 'three');
      stage.answered(client.send({ type: OpCode.delete, path: '/two', version: -1 }));
      protect('/four', 'four');
      stage.kill(1, 2);
      stage.boot(2, 1);
      client = stage.client('d', 2);
      protect('/five', 'five');
      stage.kill(1, 2);
      stage.boot(2, 1);
      stage.resume(3);
      stage.untilFollowing(3);
      assert.equal(stage.synchronisations(3).at(-1), 'SNAP', 's3 came by a snapshot');
      client = stage.client('e', 2);
      protect('/six', 'six');
      protect('/seven', 'two');
      stage.finish();
    },
  },
  {
    bug: 25,
    jira: 'ZOOKEEPER-4394',
    title:
      'proposals and commits may come at any point of a synchronisation, and acknowledgements never before that of NEWLEADER',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 3);
      stage.createAll(client, '/before');
      stage.kill(1);
      stage.createAll(client, '/missed');
      // One proposal is under way when s1 comes, is committed while s1 writes; another comes whole in between.
      const acks = stage.hold({ from: 's2', to: 's3', packets: ['ACK'] });
      const early = client.create('/under-way');
      stage.until('it is acknowledged', () => acks.caught);
      const mark = stage.events.length;
      stage.start(1);
      stage.untilReceived(3, 'ACKEPOCH');
      stage.disks(1).data.holdAfter(seed % 3);
      stage.untilReceived(1, 'NEWLEADER');
      const commits = stage.received(1, 'COMMIT');
      acks.release();
      stage.answered(early);
      stage.answered(client.create('/between'));
      stage.until('s1 has got both commits', () => stage.received(1, 'COMMIT') === commits + 2);
      stage.disks(1).data.release();
      const upToDate = stage.hold({ from: 's3', to: 's1', packets: ['UPTODATE'] });
      stage.until('s1 has acknowledged NEWLEADER', () => upToDate.caught);
      stage.answered(client.create('/late'));
      upToDate.release();
      stage.untilServing(1);
      stage.pass(100);
      for (const path of ['/missed', '/under-way', '/between', '/late']) assert(stage.has(1, path), `s1 has ${path}`);
      assert.equal(stage.synchronisations(1).length, 2, 's1 was synchronised once for each start');
      const sent = stage.events.slice(mark).filter(({ sid }) => sid === 1);
      const ack = sent.find(({ body }) => body.kind === 'packetSent' && body.packet === 'ACK')?.body;
      assert(
        ack?.kind === 'packetSent' && ack.zxid === '0x100000000',
        'the first acknowledgement is that of NEWLEADER',
      );
      assert.deepEqual(
        stage.warnings.filter((line) => line.includes('protocol')),
        [],
      );
      stage.finish();
    },
  },
];
