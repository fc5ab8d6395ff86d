/**
 * The same requests to a server of ours and to Apache's, each reply compared with the other: header, body, events and
 * their order, zxids. `DIFFERENTIAL_SEEDS=1000-1100` plays other sequences, `DIFFERENTIAL_STEPS` longer ones.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quietJvmArguments } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { Comparison } from './differential/comparison.ts';
import { Player } from './differential/player.ts';
import {
  digestId,
  OPERATION_KEYS,
  RequestGenerator,
  SESSION_TIMEOUT_KEYS,
  type Step,
  SUPERUSER,
} from './differential/request-generator.ts';

const STEPS = Number(process.env.DIFFERENTIAL_STEPS ?? 500);
const [first = 1, last = first] = (process.env.DIFFERENTIAL_SEEDS ?? '1-20').split('-').map(Number);
const SEEDS = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const STEPS_SHOWN = 8;

let ours: TestEnsemble;
let apache: TestEnsemble;

const extra = {
  ...SESSION_TIMEOUT_KEYS,
  ...OPERATION_KEYS,
  'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
};
// Apache reads this one as a system property without a prefix, so that a key of zoo.cfg does not reach it.
const containers = 'znode.container.checkIntervalMs';
const jvmArguments = [`-D${containers}=${OPERATION_KEYS[containers]}`, ...quietJvmArguments];

beforeAll(async () => {
  [ours, apache] = await Promise.all([
    TestEnsemble.start({ servers: 1, flavours: 'vivarium', extra }),
    TestEnsemble.start({ servers: 1, flavours: 'apache', extra, jvmArguments }),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all([ours?.stop(), apache?.stop()]);
});

test.each(SEEDS)('sequence %d is answered alike', async (seed) => {
  const generator = new RequestGenerator(seed, { quotas: true });
  const players = { ours: new Player(ours.server(0).clientPort), apache: new Player(apache.server(0).clientPort) };
  const comparison = new Comparison();
  const history: string[] = [];
  const play = async (step: Step): Promise<void> => {
    const [own, theirs] = await Promise.all([players.ours.play(step), players.apache.play(step)]);
    history.push(`${describeStep(step)}\n    ${theirs.acting.join('\n    ')}`);
    const difference = comparison.differences(step, own, theirs);
    if (difference !== null) {
      expect.fail(`step ${history.length}:\n${difference}\nafter\n${history.slice(-STEPS_SHOWN).join('\n')}`);
    }
    generator.learn(theirs.paths, theirs.zxid);
  };
  try {
    for (const step of generator.prelude()) await play(step);
    while (history.length < STEPS) await play(generator.next(players.apache.state));
  } finally {
    players.ours.destroy();
    players.apache.destroy();
  }
  expect((await ours.server(0).status())?.zxid).toBe((await apache.server(0).status())?.zxid);
});

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'requests':
      return `  slot ${step.slot}: ${step.requests.map(({ text }) => text).join('\n          ')}`;
    case 'connect':
      return `  slot ${step.slot}: ${step.resume ? 'resume' : 'connect'} ${step.timeoutMs}`;
    case 'drop':
      return `  slot ${step.slot}: drop`;
    default:
      return `  ${step.kind}: ${step.text}`;
  }
}
