/** What must be true of every history of Paxos, and why it is or is not, with the names in it. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Invariant, Judgement } from '../protocol.ts';
import type { Text } from '../text.ts';
import type { PaxosMoment, Vote } from './chosen.ts';
import { acceptorDisks, allLearned, chosenOf, votesOf, withVote } from './chosen.ts';
import type { PaxosMessage, Proposal } from './messages.ts';
import { names, proposalLabel } from './messages.ts';
import type { PaxosDisk, PaxosState } from './parties.ts';

type PaxosInvariant = Invariant<PaxosState, PaxosMessage, PaxosDisk>;
type Judged = Judgement;

const kept = (en: string, zh: string): Judged => ({ holds: true, reason: { en, zh } });
const broken = (en: string, zh: string): Judged => ({ holds: false, reason: { en, zh } });
const silent = (en: string, zh: string): Judged => ({ holds: null, reason: { en, zh } });

/** An invariant with a memory of its own type: what it saw in all moments before. */
function remembering<Memory>(
  id: string,
  title: Text,
  first: Memory,
  see: (moment: PaxosMoment, memory: Memory) => Memory,
  say: (moment: PaxosMoment, memory: Memory) => Judged,
): PaxosInvariant {
  return {
    id,
    title,
    judge(moment, memory) {
      // What `judge` is handed is what it returned, so it is of this type.
      const seen = see(moment, (memory ?? first) as Memory);
      return { judgement: say(moment, seen), memory: seen };
    },
  };
}

const seeVotes = (moment: PaxosMoment, votes: readonly Vote[]): readonly Vote[] => votesOf(moment, votes);

const agreement = remembering<readonly Vote[]>(
  'agreement',
  { en: 'Agreement: at most one value is chosen or learned', zh: '一致：选定或学到的值至多一个' },
  [],
  seeVotes,
  (moment, votes) => {
    const found: { value: string; en: string; zh: string }[] = [];
    for (const { n, value, by } of chosenOf(moment, votes)) {
      const { en, zh } = names(by);
      found.push({ value, en: `${value} chosen in round ${n} by ${en}`, zh: `${value} 在第 ${n} 轮由 ${zh} 选定` });
    }
    for (const { who, learned } of allLearned(moment)) {
      if (found.some(({ value }) => value === learned.value)) continue;
      found.push({
        value: learned.value,
        en: `${who} holds ${learned.value} for chosen`,
        zh: `${who} 认为选定了 ${learned.value}`,
      });
    }
    if (found.length === 0) return silent('Nothing is chosen yet.', '还没有选定任何值。');
    const [one] = found;
    const other = found.find(({ value }) => value !== one?.value);
    if (one === undefined || other === undefined) {
      const [{ en, zh } = { en: '', zh: '' }] = found;
      return kept(`${en}.`, `${zh}。`);
    }
    return broken(`${one.en}, and ${other.en}.`, `${one.zh}，而 ${other.zh}。`);
  },
);

/** By value: the proposers that wanted it, in their order. */
type Wishes = Readonly<Record<string, readonly NodeId[]>>;

interface Proposed {
  readonly wishes: Wishes;
  readonly votes: readonly Vote[];
}

const validity = remembering<Proposed>(
  'validity',
  { en: 'Validity: what is accepted was proposed', zh: '有效：接受的值有人提议过' },
  { wishes: {}, votes: [] },
  (moment, memory) => {
    let wishes = memory.wishes;
    for (const [id, { disk }] of moment.nodes) {
      if (disk.role !== 'proposer' || disk.wants === null) continue;
      const by = wishes[disk.wants] ?? [];
      if (!by.includes(id)) wishes = { ...wishes, [disk.wants]: [...by, id] };
    }
    return { wishes, votes: votesOf(moment, memory.votes) };
  },
  (_, { wishes, votes }) => {
    const [first] = votes;
    if (first === undefined) return silent('Nothing is accepted yet.', '还没有接受任何值。');
    const foreign = votes.find(({ value }) => wishes[value] === undefined);
    if (foreign !== undefined) {
      const by = names(foreign.by);
      return broken(
        `${by.en} accepted ${foreign.value}, which nobody wanted.`,
        `${by.zh} 接受了 ${foreign.value}，却没有人想要它。`,
      );
    }
    const values = [...new Set(votes.map(({ value }) => value))];
    const said = values.map((value) => ({ value, by: names(wishes[value] ?? []) }));
    return kept(
      `${said.map(({ value, by }) => `${value} is wanted by ${by.en}`).join('; ')}.`,
      `${said.map(({ value, by }) => `${value} 由 ${by.zh} 提议`).join('；')}。`,
    );
  },
);

interface Issued {
  readonly votes: readonly Vote[];
  readonly issued: readonly (Proposal & { readonly by: NodeId })[];
}

const higherCarry = remembering<Issued>(
  'p2b',
  { en: 'P2b: higher proposals carry the chosen value', zh: 'P2b：更大编号的提案也取选定的值' },
  { votes: [], issued: [] },
  (moment, memory) => {
    let { issued } = memory;
    for (const [by, { state }] of moment.nodes) {
      if (state?.role !== 'proposer' || state.value === null) continue;
      const { value, disk } = state;
      if (issued.some((one) => one.by === by && one.n === disk.n && one.value === value)) continue;
      issued = [...issued, { by, n: disk.n, value }];
    }
    return { votes: votesOf(moment, memory.votes), issued };
  },
  (moment, { votes, issued }) => {
    const [chosen] = chosenOf(moment, votes);
    if (chosen === undefined) return silent('Nothing is chosen yet.', '还没有选定任何值。');
    const higher = issued.filter(({ n }) => n > chosen.n);
    const wrong = higher.find(({ value }) => value !== chosen.value);
    if (wrong !== undefined) {
      const label = proposalLabel(wrong);
      return broken(
        `${wrong.by} proposes ${label} although ${proposalLabel(chosen)} is chosen.`,
        `${proposalLabel(chosen)} 已经选定，${wrong.by} 却提出了 ${label}。`,
      );
    }
    if (higher.length === 0) {
      return kept(`No proposal is numbered above ${chosen.n} yet.`, `还没有编号大于 ${chosen.n} 的提案。`);
    }
    const labels = [...new Set(higher.map(proposalLabel))];
    return kept(
      `${names(labels).en} came after ${proposalLabel(chosen)}.`,
      `${proposalLabel(chosen)} 之后是 ${labels.join('、')}。`,
    );
  },
);

interface Promised {
  /** By acceptor: the highest number that it has promised or accepted. */
  readonly highest: Readonly<Record<NodeId, number>>;
  /** The first that was accepted below it. */
  readonly below: (Proposal & { readonly by: NodeId; readonly highest: number }) | null;
}

const promiseKept = remembering<Promised>(
  'promise',
  { en: 'Promise: nothing is accepted below it', zh: '承诺：不接受小于它的编号' },
  { highest: {}, below: null },
  (moment, memory) => {
    let { highest, below } = memory;
    const { entry, flight } = moment;
    if (below === null && entry?.happening.kind === 'deliver' && flight?.message.kind === 'Accept') {
      const { n, value } = flight.message;
      const bound = highest[flight.to] ?? 0;
      const accepted = entry.writes.some(({ node, what }) => node === flight.to && what.startsWith('accepted'));
      if (accepted && n < bound) below = { by: flight.to, n, value, highest: bound };
    }
    for (const [id, disk] of acceptorDisks(moment)) {
      const now = Math.max(disk.promised, disk.accepted?.n ?? 0);
      if (now > (highest[id] ?? 0)) highest = { ...highest, [id]: now };
    }
    return { highest, below };
  },
  (_, { highest, below }) => {
    if (below !== null) {
      const label = proposalLabel(below);
      return broken(
        `${below.by} accepted ${label} after it was bound to ${below.highest}.`,
        `${below.by} 已受编号 ${below.highest} 约束，却接受了 ${label}。`,
      );
    }
    const bound = Object.entries(highest);
    if (bound.length === 0) return silent('Nobody has promised anything yet.', '还没有人作过承诺。');
    const top = Math.max(...bound.map(([, n]) => n));
    const who = bound.filter(([, n]) => n === top).map(([id]) => id);
    const by = names(who.sort());
    return kept(
      `${by.en} ${who.length === 1 ? 'accepts' : 'accept'} nothing below ${top} any more.`,
      `${by.zh} 不再接受小于 ${top} 的提案。`,
    );
  },
);

const learning = remembering<readonly Vote[]>(
  'learning',
  { en: 'Learning: only what is chosen', zh: '学习：只学到选定的值' },
  [],
  seeVotes,
  (moment, votes) => {
    const learned = allLearned(moment);
    if (learned.length === 0) return silent('Nobody has learned anything yet.', '还没有人学到。');
    const values = new Set(chosenOf(moment, votes).map(({ value }) => value));
    const wrong = learned.find((one) => !values.has(one.learned.value));
    if (wrong !== undefined) {
      const { value } = wrong.learned;
      return broken(
        `${wrong.who} learned ${value}, which no majority accepted in one round.`,
        `${wrong.who} 学到了 ${value}，但没有多数在同一轮接受它。`,
      );
    }
    const said = [...new Set(learned.map((one) => one.learned.value))].map((value) => ({
      value,
      who: names(learned.filter((one) => one.learned.value === value).map((one) => one.who)),
    }));
    return kept(
      `${said.map(({ value, who }) => `${who.en} learned ${value}`).join('; ')}.`,
      `${said.map(({ value, who }) => `${who.zh} 学到了 ${value}`).join('；')}。`,
    );
  },
);

interface Answered {
  /** By acceptor: what it has told others. */
  readonly promised: Readonly<Record<NodeId, number>>;
  readonly votes: readonly Vote[];
  readonly writes: number;
}

const diskFirst = remembering<Answered>(
  'disk',
  { en: 'Disk first: what was answered is on disk', zh: '先落盘，后答复' },
  { promised: {}, votes: [], writes: 0 },
  (moment, memory) => {
    let { promised, votes, writes } = memory;
    for (const { id, from, tampered } of moment.entry?.sent ?? []) {
      const message = moment.inFlight.get(id)?.message;
      if (message === undefined || tampered) continue;
      if (message.kind === 'Promise' && message.n > (promised[from] ?? 0))
        promised = { ...promised, [from]: message.n };
      if (message.kind === 'Accepted') votes = withVote(votes, from, message);
    }
    for (const { node } of moment.entry?.writes ?? []) {
      if (moment.nodes.get(node)?.disk.role === 'acceptor') writes++;
    }
    return { promised, votes, writes };
  },
  (moment, { promised, votes, writes }) => {
    for (const [id, disk] of acceptorDisks(moment)) {
      const forgotten = votes.find(
        ({ n, value, by }) => by.includes(id) && !disk.votes.some((vote) => vote.n === n && vote.value === value),
      );
      if (forgotten !== undefined) {
        const label = proposalLabel(forgotten);
        return broken(
          `${id} answered Accepted${label}, and its disk knows nothing of it.`,
          `${id} 答复过 Accepted${label}，磁盘上却没有。`,
        );
      }
      const n = promised[id] ?? 0;
      if (Math.max(disk.promised, disk.accepted?.n ?? 0) < n) {
        return broken(`${id} promised ${n}, and its disk knows nothing of it.`, `${id} 承诺过 ${n}，磁盘上却没有。`);
      }
    }
    if (writes === 0) return silent('Nothing is written yet.', '还没有写过盘。');
    return kept(
      `${writes} ${writes === 1 ? 'write' : 'writes'}, each before its answer.`,
      `${writes} 次写盘都在答复之前。`,
    );
  },
);

/** In the order in which the page lists them. */
export const invariants: readonly PaxosInvariant[] = [
  agreement,
  validity,
  higherCarry,
  promiseKept,
  learning,
  diskFirst,
];
