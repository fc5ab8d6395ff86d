/** What has to be durable before what: a learner loses power in the middle of its synchronisation. */
import { strict as assert } from 'node:assert';
import { Port } from '../../../simulated/messages.ts';
import type { Scenario } from './scenario.ts';
import { Stage, type StageOptions } from './stage.ts';

/** Syncs of its disk after which a learner loses power, one play each: more than a synchronisation has. */
const CRASH_POINTS = 9;

/** The point of this play. */
function crashPoint(seed: number): number {
  return Math.floor(seed / 2) % CRASH_POINTS;
}

/**
 * Server 3 leads epoch 1 and has a transaction that nobody else knows; 2 is gone. Then 1, which has missed some more, comes:
 * with it the leader begins epoch 2, in which all of that is committed.
 */
function soleHistory(options: StageOptions): Stage {
  const stage = new Stage(options);
  stage.boot(3, 1, 2);
  const client = stage.client('c', 3);
  stage.createAll(client, '/before');
  stage.kill(1);
  stage.createAll(client, '/a', '/b', '/c');
  const { hold } = stage.ghost(3, client, '/only-on-3');
  stage.kill(2);
  stage.until('s3 has lost its quorum', () => stage.server(3).server.peerState === 'LOOKING');
  hold.release();
  return stage;
}

/** Once 1 and 3 serve, what 3 shows is committed: 1 and 2 must have it without 3, whatever 1 has lost. */
function assertSurvivesWithout3(stage: Stage, shown: boolean): void {
  stage.kill(3);
  stage.start(1, 2);
  stage.untilServing(1, 2);
  assert(stage.has(1, '/c') && stage.has(2, '/c'), 'what was acknowledged is there');
  if (shown) assert(stage.has(1, '/only-on-3') && stage.has(2, '/only-on-3'), 'what was shown is there');
  stage.finish();
}

export const DURABILITY_SCENARIOS: readonly Scenario[] = [
  {
    bug: 3,
    jira: 'ZOOKEEPER-4643',
    title: 'a learner that loses power while it is synchronised does not claim an epoch whose history it lacks',
    play: (seed) => {
      const stage = soleHistory({ seed });
      stage.disks(1).data.holdAfter(crashPoint(seed));
      stage.start(1);
      stage.until('the disk of s1 stalls, or it is through', () => {
        return stage.disks(1).data.stalled || stage.server(1).server.serving;
      });
      stage.pass(100);
      const shown = stage.server(3).server.serving;
      stage.losePower(1);
      assertSurvivesWithout3(stage, shown);
    },
  },
  {
    bug: 4,
    jira: 'ZOOKEEPER-4646',
    title: 'NEWLEADER is acknowledged when what came before it is durable, and not before',
    play: (seed) => {
      const stage = soleHistory({ seed });
      const { data } = stage.disks(1);
      stage.start(1);
      stage.untilReceived(3, 'ACKEPOCH');
      data.holdAfter(0);
      stage.untilReceived(1, 'NEWLEADER');
      stage.pass(100);
      assert(data.stalled, 'what came before NEWLEADER is not durable');
      const early = stage.server(3).server.serving;
      stage.losePower(1);
      assertSurvivesWithout3(stage, early);
      assert(!early, 'and so the leader did not count on it');
    },
  },
  {
    bug: 5,
    jira: 'ZOOKEEPER-3911',
    title: 'what a DIFF brought is in the log before UPTODATE comes',
    play: (seed) => {
      const stage = soleHistory({ seed });
      const upToDate = stage.hold({ from: 's3', to: 's1', packets: ['UPTODATE'] });
      stage.start(1);
      stage.untilLeading(3);
      assert(upToDate.caught, 's3 serves, and s1 has not heard of it');
      assert(stage.has(3, '/only-on-3'), 'so it shows what is now committed');
      stage.losePower(1);
      assertSurvivesWithout3(stage, true);
    },
  },
  {
    bug: 6,
    jira: 'ZOOKEEPER-4785',
    title: 'a fast disk for the epochs does not overtake a slow disk for the log',
    play: (seed) => {
      const stage = soleHistory({ seed, separateLogDisk: true });
      const { log } = stage.disks(1);
      stage.start(1);
      stage.untilReceived(3, 'ACKEPOCH');
      log.holdAfter(0);
      stage.untilReceived(1, 'NEWLEADER');
      stage.pass(200);
      assert(log.stalled, 'the log is not durable');
      stage.losePower(1);
      assertSurvivesWithout3(stage, stage.isRunning(3) && stage.server(3).server.serving);
    },
  },
  {
    bug: 7,
    jira: 'ZOOKEEPER-4712',
    title: 'writes of a role that is over do not come behind those of the next one',
    play: (seed) => {
      const stage = new Stage({ seed, separateLogDisk: true });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 3);
      stage.createAll(client, '/a');
      // The proposals are on their way to the disk of s3 when it ceases to lead, and stay there for long.
      const hold = stage.hold({ from: 's3', packets: ['PROPOSAL'] });
      stage.disks(3).log.holdAfter(0);
      for (const path of ['/g1', '/g2', '/g3']) client.create(path);
      stage.until('the disk of s3 stalls', () => stage.disks(3).log.stalled && hold.caught);
      const silence = stage.hold({ from: 's3', port: Port.election });
      stage.kill(1, 2);
      stage.until('s3 has lost its quorum', () => stage.server(3).server.peerState === 'LOOKING');
      hold.drop();
      stage.boot(2, 1);
      silence.release();
      const votes = (): number => stage.count(3, (body) => body.kind === 'voteSent' && body.vote.electionEpoch > 1);
      stage.pass(500);
      const early = votes();
      stage.disks(3).log.release();
      stage.untilServing(3);
      assert.deepEqual(stage.synchronisations(3), ['TRUNC'], 's3 had to cut its log');
      assert(!stage.has(3, '/g1'), 'what nobody else had is gone');
      stage.createAll(stage.client('d', 2), '/b');
      stage.pass(200);
      stage.losePower(3);
      stage.start(3);
      stage.finish();
      assert(!stage.has(3, '/g1'), 'and does not come back from the disk');
      assert.equal(early, 0, 'a vote tells of what is durable');
    },
  },
  {
    bug: 8,
    jira: 'ZOOKEEPER-2845',
    title: 'a server that lives on through an election has in its tree what it has in its log',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 3);
      stage.createAll(client, '/a');
      const { zxid, hold } = stage.ghost(3, client, '/ghost');
      stage.kill(1, 2);
      stage.until('s3 has lost its quorum', () => stage.server(3).server.peerState === 'LOOKING');
      hold.drop();
      stage.pass(300);
      const stood = stage.server(3).server.database.lastZxid;
      // s3 sleeps while the others elect one of themselves, who knows nothing of the ghost.
      stage.pause(3);
      stage.boot(2, 1);
      stage.resume(3);
      stage.untilFollowing(3);
      stage.createAll(stage.client('d', 2), '/b', '/c');
      stage.pass(200);
      stage.losePower(3);
      stage.start(3);
      stage.finish();
      assert(!stage.has(3, '/ghost'), 'what was never committed is gone');
      assert.equal(stood, zxid, 's3 stood for election with all of its log');
    },
  },
];
