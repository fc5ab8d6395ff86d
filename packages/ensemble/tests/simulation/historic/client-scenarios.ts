/** What clients see: sessions, ephemerals, the order of answers, and what becomes of them at the limits of things. */
import { strict as assert } from 'node:assert';
import { counterOf, epochOf, formatHex } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { BrokenPromise, type Scenario } from './scenario.ts';
import type { ScriptedClient } from './scripted-client.ts';
import { Stage } from './stage.ts';

/** What Apache's servers take as one record of a log (`jute.maxbuffer`). */
const MAX_RECORD_BYTES = 0xfffff;

export const CLIENT_SCENARIOS: readonly Scenario[] = [
  {
    bug: 17,
    jira: 'ZOOKEEPER-3144',
    title: 'a snapshot that is named after the making of a session holds the session',
    play: (seed) => {
      // A snapshot behind every transaction, so that there is one behind each making of a session.
      const stage = new Stage({ seed, snapCount: 2, recentTxns: seed % 3 });
      stage.boot(3, 1, 2);
      const clients = [1, 2, 3].map((sid) => stage.client(`c${sid}`, sid, 2000));
      stage.pass(300);
      stage.losePower(1, 2, 3);
      stage.boot(3, 1, 2);
      for (const sid of [1, 2, 3]) {
        for (const { sessionId, name } of clients) {
          const known = stage.server(sid).server.database.sessions.has(sessionId);
          if (!known) throw new BrokenPromise('Durability', `s${sid} has lost the session of ${name}`);
        }
      }
      const [owner, ...others] = clients;
      assert(owner !== undefined);
      stage.connect(owner, 1);
      stage.answered(owner.create('/ephemeral', true));
      for (const client of others) stage.connect(client, 2);
      stage.losePower(1, 2, 3);
      stage.boot(3, 1, 2);
      assert(stage.has(1, '/ephemeral'), 'the ephemeral lives as long as its session');
      stage.pass(5000);
      for (const sid of [1, 2, 3]) assert(!stage.has(sid, '/ephemeral'), `and not longer on s${sid}`);
      stage.finish();
    },
  },
  {
    bug: 22,
    jira: 'ZOOKEEPER-4306',
    plays: 2,
    title: 'a session with more ephemerals than a transaction can name is closed, and the ensemble starts again',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const owner = stage.client('c', 1);
      const name = 'x'.repeat(8000);
      const paths = Array.from({ length: 150 }, (_, index) => `/${index}-${name}`);
      const calls = paths.map((path) => owner.create(path, true));
      for (const call of calls) stage.answered(call);
      if (seed % 2 === 0) {
        stage.answered(owner.send({ type: OpCode.closeSession }));
      } else {
        const { lastZxid } = stage.server(3).server.database;
        owner.pings = false;
        stage.pass(40_000);
        assert(stage.server(3).server.database.lastZxid > lastZxid, 'the session has expired');
      }
      stage.pass(200);
      for (const sid of [1, 2, 3]) assert.equal(stage.server(sid).server.database.tree.ephemeralCount, 0);
      const longest = Math.max(...[...stage.history.txns.values()].map((bytes) => bytes.length));
      stage.finish();
      if (longest > MAX_RECORD_BYTES)
        throw new BrokenPromise('Recoverability', `a transaction of ${longest} bytes is more than peers read`);
    },
  },
  {
    bug: 23,
    jira: 'ZOOKEEPER-1277',
    under: 'short-epochs',
    title: 'an epoch whose counter is used up gives way to the next one, and sessions and writes go on',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 1);
      const { sessionId } = client;
      const epochs = new Set<number>();
      let last = 0n;
      for (let i = 0; i < 60; i++) {
        const reply = writeThrough(stage, client, `/n${i}`);
        assert(reply > last, `${formatHex(reply)} comes behind ${formatHex(last)}`);
        assert(counterOf(reply) !== 0, 'the first zxid of an epoch is no transaction');
        epochs.add(epochOf(reply));
        last = reply;
      }
      assert(epochs.size > 1, 'an epoch has been used up');
      assert.equal(client.sessionId, sessionId, 'the session has lived on');
      assert(!client.expired);
      stage.finish();
    },
  },
  {
    bug: 23,
    jira: 'ZOOKEEPER-1669',
    plays: 2,
    title: 'hundreds of sessions that come back at once, to other servers, are all taken before any of them expires',
    play: (seed) => {
      const stage = new Stage({ seed, voters: 5, sessionTimeoutMs: 4000 });
      stage.boot(5, 1, 2, 3, 4);
      const clients = Array.from({ length: 200 }, (_, index) => stage.client(`c${index}`, 1 + (index % 5)));
      const calls = clients.map((client) => client.create(`/${client.name}`, true));
      for (const call of calls) stage.answered(call);
      const sessions = clients.map(({ sessionId }) => sessionId);
      stage.kill(5);
      stage.untilLeading(4);
      // Everybody lost the connection with the leader, and everybody goes to one and the same server.
      for (const client of clients) client.connect(2);
      stage.until('all are back', () => clients.every(({ connected }) => connected), 2000);
      stage.pass(6000);
      assert.deepEqual(
        clients.map(({ sessionId }) => sessionId),
        sessions,
      );
      assert(
        clients.every(({ expired, connected }) => connected && !expired),
        'nobody has lost the session',
      );
      for (const { name } of clients) assert(stage.has(2, `/${name}`), `the ephemeral of ${name} is there`);
      // And all of them go at once: whoever else writes is answered all the same.
      for (const client of clients.slice(1)) client.pings = false;
      const [survivor] = clients;
      assert(survivor !== undefined);
      for (let i = 0; i < 60; i++) {
        const call = survivor.create(`/survivor${i}`);
        stage.until('a write is answered while sessions expire', () => call.reply !== null, 500);
        stage.pass(100);
      }
      assert.equal(stage.server(2).server.database.sessions.size, 1, 'all others have expired');
      assert.equal(stage.server(2).server.database.tree.ephemeralCount, 1, 'and their ephemerals are gone');
      stage.finish();
    },
  },
  {
    bug: 24,
    jira: 'ZOOKEEPER-1863',
    title: 'answers come in the order of the requests, whoever else commits in between',
    play: (seed) => {
      const stage = new Stage({ seed });
      stage.boot(3, 1, 2);
      const client = stage.client('c', 1);
      const other = stage.client('d', 1);
      const third = stage.client('e', 2);
      // The commits wait on their way to s1, so that reads pile up behind writes that are long decided.
      const commits = stage.hold({ from: 's3', to: 's1', packets: ['COMMIT'] });
      const calls = [];
      for (let round = 0; round < 5; round++) {
        const path = `/n${round}`;
        calls.push(client.create(path));
        calls.push(client.send({ type: OpCode.exists, path, watch: false }));
        calls.push(client.send({ type: OpCode.getData, path, watch: true }));
        if (round % 2 === seed % 2) calls.push(client.send({ type: OpCode.sync, path }));
        other.create(`/o${round}`);
        other.send({ type: OpCode.exists, path: `/o${round}`, watch: false });
        third.create(`/t${round}`);
      }
      stage.until('the commits wait', () => commits.caught);
      stage.pass(20 * (seed % 4));
      commits.release();
      // A read that overtook its own write would be answered that there is no such node.
      for (const call of calls) stage.answered(call);
      stage.pass(200);
      stage.finish();
    },
  },
];

/** Creates a node, whatever number of connections it takes; returns the zxid. */
function writeThrough(stage: Stage, client: ScriptedClient, path: string): bigint {
  for (;;) {
    if (!client.connected) stage.connect(client, 1);
    const call = client.create(path);
    stage.until(`${path} is answered, or the connection is gone`, () => call.reply !== null || !client.connected);
    // The write whose connection was lost may have been done all the same.
    if (call.reply !== null && (call.reply.err === 0 || call.reply.err === -110)) return call.reply.zxid;
  }
}
