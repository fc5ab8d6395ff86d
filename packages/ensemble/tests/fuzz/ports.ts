/** What can be fuzzed: of each port its conversations, how its answers are counted, and where it is. */
import { readFileSync } from 'node:fs';
import type { Random } from '@vivarium/shared/random';
import type { TestEnsemble } from '../harness/test-ensemble.ts';
import { adminConversation } from './admin-conversation.ts';
import {
  type AnswerReader,
  clientAnswers,
  electionAnswers,
  httpAnswers,
  quorumAnswers,
  textAnswers,
} from './answers.ts';
import { clientConversation } from './client-conversation.ts';
import { electionConversation } from './election-conversation.ts';
import { quorumConversation } from './quorum-conversation.ts';
import type { Tally } from './tally.ts';
import { wordsConversation } from './words-conversation.ts';
import type { Conversation, Credential, World } from './world.ts';

interface Port {
  conversation(random: Random, world: World): Conversation;
  answers(tally: Tally, learn: (credential: Credential) => void): AnswerReader;
  numberOf(ensemble: TestEnsemble, sid: number): number;
  /** Conversations at once. */
  readonly lanes: number;
  /** Whether peers are spoken to, as one of whom the fuzzer may bring about an election. */
  readonly ofPeers: boolean;
}

/** A further port is an entry here. */
const PORTS = {
  quorum: {
    conversation: quorumConversation,
    answers: quorumAnswers,
    numberOf: (ensemble, sid) => lineOf(ensemble, sid).quorumPort,
    lanes: 8,
    ofPeers: true,
  },
  election: {
    conversation: electionConversation,
    answers: electionAnswers,
    numberOf: (ensemble, sid) => lineOf(ensemble, sid).electionPort,
    lanes: 8,
    ofPeers: true,
  },
  client: {
    conversation: clientConversation,
    answers: clientAnswers,
    numberOf: (ensemble, sid) => ensemble.server(sid - 1).clientPort,
    lanes: 16,
    ofPeers: false,
  },
  words: {
    conversation: wordsConversation,
    answers: textAnswers,
    numberOf: (ensemble, sid) => ensemble.server(sid - 1).clientPort,
    lanes: 160,
    ofPeers: false,
  },
  admin: {
    conversation: adminConversation,
    answers: httpAnswers,
    numberOf: (ensemble, sid) => settingOf(ensemble.server(sid - 1).options.zooCfgPath, 'admin.serverPort'),
    lanes: 32,
    ofPeers: false,
  },
} as const satisfies Record<string, Port>;

export type FuzzPort = keyof typeof PORTS;
export const FUZZ_PORTS = Object.keys(PORTS) as FuzzPort[];

/** The entry of a port. */
export function portNamed(name: FuzzPort): Port {
  return PORTS[name];
}

function lineOf(ensemble: TestEnsemble, sid: number): TestEnsemble['lines'][number] {
  const line = ensemble.lines[sid - 1];
  if (line === undefined) throw new Error(`no server ${sid}`);
  return line;
}

const settings = new Map<string, number>();

/** A number of a zoo.cfg, which is read once. */
function settingOf(zooCfgPath: string, key: string): number {
  const known = settings.get(`${zooCfgPath} ${key}`);
  if (known !== undefined) return known;
  const line = readFileSync(zooCfgPath, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${key}=`));
  const value = Number(line?.slice(key.length + 1));
  settings.set(`${zooCfgPath} ${key}`, value);
  return value;
}
