/** An ensemble changes, and those who were and those who will be lose sight of one another in the midst of it. */
import { strict as assert } from 'node:assert';
import { OpCode } from '@vivarium/wire/op-code';
import { memberOf } from '../../../simulated/reconfigurer.ts';
import type { Scenario } from './scenario.ts';
import type { Call, ScriptedClient } from './scripted-client.ts';
import { Stage } from './stage.ts';

/** Server 3 leads 1 and 2; 4 and 5 are synchronised, and nobody has named them yet. */
function ensembleWithSpares(seed: number): { readonly stage: Stage; readonly client: ScriptedClient } {
  const stage = new Stage({ seed, voters: 3, spares: 2 });
  stage.boot(3, 1, 2);
  stage.start(4, 5);
  stage.until('s4 and s5 are up to date', () => [4, 5].every((sid) => stage.received(sid, 'UPTODATE') > 0));
  const client = stage.client('c', 3);
  stage.createAll(client, '/before');
  return { stage, client };
}

function reconfigure(client: ScriptedClient, ...sids: readonly number[]): Call {
  const newMembers = sids.map((sid) => `server.${sid}=${memberOf(sid, 'participant').spec}`).join(',');
  return client.send({ type: OpCode.reconfig, joining: null, leaving: null, newMembers, curConfigId: -1n });
}

export const RECONFIGURATION_SCENARIOS: readonly Scenario[] = [
  {
    bug: null,
    jira: 'ZOOKEEPER-107',
    title: 'a quorum of the new configuration alone puts nothing into force: the old one goes on without it',
    play: (seed) => {
      const { stage, client } = ensembleWithSpares(seed);
      const toOld = [1, 2].map((sid) => stage.hold({ from: 's3', to: `s${sid}`, packets: ['PROPOSAL'] }));
      const change = reconfigure(client, 3, 4, 5);
      const behind = client.create('/behind');
      stage.until('nobody who was is told', () => toOld.every(({ caught }) => caught));
      stage.pass(100);
      // Looked at below, behind what a server that is wrong here would break.
      const committed = [change, behind].filter(({ reply }) => reply !== null);
      stage.separate([1, 2], [3, 4, 5]);
      for (const hold of toOld) hold.drop();
      stage.untilLeading(2);
      const other = stage.client('d', 2);
      stage.createAll(other, '/other');
      assert.deepEqual(committed, [], 'neither was committed');
      stage.heal();
      stage.untilFollowing(1, 3);
      stage.until(
        'those who were named by what is gone have what is not',
        () => stage.has(4, '/other') && stage.has(5, '/other'),
      );
      stage.answered(reconfigure(other, 1, 2, 3, 4, 5));
      stage.finish();
    },
  },
  {
    bug: null,
    jira: 'ZOOKEEPER-107',
    title: 'a quorum of the old configuration alone puts nothing into force: the new one has all that was acknowledged',
    play: (seed) => {
      const { stage, client } = ensembleWithSpares(seed);
      const toNew = [4, 5].map((sid) => stage.hold({ from: 's3', to: `s${sid}`, packets: ['PROPOSAL'] }));
      stage.createAll(client, '/acknowledged');
      const change = reconfigure(client, 3, 4, 5);
      stage.until('nobody who will be is told', () => toNew.every(({ caught }) => caught));
      stage.pass(100);
      // As above.
      const early = change.reply;
      stage.kill(3);
      stage.until('s4 or s5 leads', () =>
        [4, 5].some((sid) => {
          const { server } = stage.server(sid);
          return server.serving && server.peerState === 'LEADING';
        }),
      );
      const leader = stage.server(4).server.peerState === 'LEADING' ? 4 : 5;
      assert(stage.has(leader, '/acknowledged'), 'it has what was acknowledged');
      const other = stage.client('d', leader);
      stage.createAll(other, '/other');
      assert.equal(early, null, 'it was not in force before');
      stage.heal();
      stage.untilServing(3, 4, 5);
      stage.answered(reconfigure(other, 1, 2, 3, 4, 5));
      stage.finish();
    },
  },
];
