/** A scenario while it runs: the world, and what the lesson remembers of what it has done, said, asked and judged. */
import type { Action, Entry, MessageId, Sent } from '@vivarium/simulation/stepped/journal';
import type { Flight, Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { RefusalReason } from '@vivarium/simulation/stepped/refusal';
import { SteppedWorld } from '@vivarium/simulation/stepped/stepped-world';
import {
  ActionRefused,
  type Ask,
  type FlightPicture,
  type NodePicture,
  type Picture,
  type PlacedAction,
  type StepRecord,
  type Verdict,
} from './history.ts';
import type { Fact } from './node-view.ts';
import { chain, isSame, spell } from './plain.ts';
import type { Annotation, Protocol } from './protocol.ts';
import type { ScenarioSpec } from './scenario.ts';
import { sentenceFor } from './sentences.ts';
import { type Text, textFor } from './text.ts';
import { MOST_ENTRIES } from './valid-action.ts';

/** So many entries apart are the moments that are kept whole, and hashed with all that the programs know. */
export const CHECKPOINT_ENTRIES = 64;
/** More messages under way than this end a history: a storm that nobody can look at, and whose every step takes longer. */
const MOST_IN_FLIGHT = 1000;

/** All that a run is made from. */
export interface RunOptions<State, Message, Disk> {
  readonly protocol: Protocol<State, Message, Disk>;
  readonly spec: ScenarioSpec<State, Message, Disk>;
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** A question that came up, and what came true as far as that is known. */
interface Asked {
  readonly id: string;
  readonly before: number;
  readonly settled: { readonly truth: string; readonly at: number } | null;
}

/** Something that the script wanted and could not have. */
export interface ScriptRefusal {
  readonly after: number;
  readonly action: Action;
  readonly why: RefusalReason;
}

export class Run<State, Message, Disk> {
  private readonly options: RunOptions<State, Message, Disk>;
  private readonly world: SteppedWorld<State, Message, Disk>;
  /** The world as the last entry left it. */
  moment: Moment<State, Message, Disk>;
  /** What the script will do next. */
  private script: readonly Action[];
  private readonly rulesDone: Set<number>;
  private readonly said: Set<number>;
  private readonly goalsReached: Set<string>;
  private asked: readonly Asked[] = [];
  private memories: readonly unknown[];
  private verdicts: readonly Verdict[] = [];
  private nodes: Readonly<Record<NodeId, NodePicture>> = {};
  private annotations: readonly Annotation[] = [];
  private cuts: readonly string[] = [];
  private hash: string;
  /** The lesson has ended, and nobody has gone on from there. */
  private isOver = false;
  /** A person has gone on where the lesson had ended. */
  private goesOn = false;
  /** What the scenario says before the first step. */
  readonly opening: Text | null;
  /** What the script wanted and could not have: after a person's action its reason may be gone, and that is no fault. */
  refusals: readonly ScriptRefusal[] = [];

  constructor(options: RunOptions<State, Message, Disk>, from: Run<State, Message, Disk> | null = null) {
    this.options = options;
    if (from !== null) {
      this.world = from.world.copy();
      this.moment = this.world.moment();
      this.rulesDone = new Set(from.rulesDone);
      this.said = new Set(from.said);
      this.goalsReached = new Set(from.goalsReached);
      this.script = from.script;
      this.asked = from.asked;
      this.memories = from.memories;
      this.verdicts = from.verdicts;
      this.nodes = from.nodes;
      this.annotations = from.annotations;
      this.cuts = from.cuts;
      this.hash = from.hash;
      this.isOver = from.isOver;
      this.goesOn = from.goesOn;
      this.opening = from.opening;
      this.refusals = from.refusals;
      return;
    }
    const { protocol, spec, seed, settings } = options;
    const { min, max } = protocol.latencyMs;
    this.world = new SteppedWorld({
      seed,
      nodes: spec.nodes.map(({ id }) => id),
      program: protocol.program(spec.nodes, settings),
      disks: spec.disks?.(settings) ?? {},
      down: spec.down ?? [],
      describe: (message) => protocol.describe(message),
      channel: (message) => protocol.channel(message),
      latencyMs: (departure, random) => spec.latencyMs?.(departure) ?? random.between(min, max),
      writeMs: protocol.writeMs,
      tampers: (message) => protocol.tampers(message),
    });
    this.moment = this.world.moment();
    this.script = spec.begin;
    this.rulesDone = new Set();
    this.said = new Set();
    this.goalsReached = new Set();
    this.memories = protocol.invariants.map(() => null);
    this.hash = chain('', spell({ scenario: spec.id, seed, settings }));
    this.nodes = this.draw();
    this.judge();
    this.annotations = protocol.annotations(this.moment);
    this.opening = this.narrate()?.text ?? null;
  }

  /** An equal run that goes its own way. */
  copy(): Run<State, Message, Disk> {
    return new Run(this.options, this);
  }

  /** How many entries there are. */
  get n(): number {
    return this.world.steps;
  }

  /** Whether nodes have yet to be started for the first time. */
  get isStarting(): boolean {
    return this.world.isStarting;
  }

  private get isFlooded(): boolean {
    return this.moment.inFlight.size > MOST_IN_FLIGHT;
  }

  /** The world now, as it is drawn. */
  picture(): Picture {
    const inFlight: Record<MessageId, FlightPicture> = {};
    for (const flight of this.moment.inFlight.values()) inFlight[flight.id] = this.drawFlight(flight);
    const { nodes, cuts, verdicts, annotations } = this;
    return { n: this.n, atMs: this.moment.atMs, nodes, inFlight, cuts, verdicts, annotations };
  }

  /**
   * The questions so far; one that nothing has answered yet is answered by `otherwise`, as if the history ended here. A question
   * to which something came true that none of its options says is not asked: a person's action has made it pointless.
   */
  asks(): readonly Ask[] {
    return this.answers().filter(({ truth, options }) => options.some(({ id }) => id === truth));
  }

  /** The questions with what came true, whether or not an option says it. */
  answers(): readonly Ask[] {
    const asks: Ask[] = [];
    for (const { id, before, settled } of this.asked) {
      const prediction = this.options.spec.predictions.find((one) => one.id === id);
      if (prediction === undefined) continue;
      const { question, options, because, otherwise } = prediction;
      const truth = settled?.truth ?? otherwise;
      asks.push({ id, before, question, options, truth, settledAt: settled?.at ?? this.n, because });
    }
    return asks;
  }

  /**
   * Goes one entry on: what a person does here, or the script, or what is due. Says why where there is none. Throws
   * `ActionRefused` for a person's action that cannot be done here.
   */
  next(placed: PlacedAction | undefined): StepRecord | 'quiet' | 'over' | 'full' {
    if (placed === undefined) {
      if (this.isOver && !this.goesOn) return 'over';
      if (this.isFlooded) return 'full';
    }
    const before = this.moment;
    const entry = placed === undefined ? this.goOn() : this.obey(placed);
    if (entry === null) return 'quiet';
    this.moment = this.world.moment();
    return this.take(before, entry);
  }

  private obey({ after, action }: PlacedAction): Entry {
    const why = this.refusal(action);
    if (why !== null) throw new ActionRefused(after, action, why);
    const entry = this.world.act(action, 'person');
    if ('refused' in entry) throw new ActionRefused(after, action, entry.refused);
    if (this.isOver) this.goesOn = true;
    return entry;
  }

  /** Why a person cannot do this now; null where it can be done. */
  refusal(action: Action): RefusalReason | null {
    if (this.n >= MOST_ENTRIES) return 'history-is-full';
    if (this.isFlooded && action.do !== 'drop') return 'too-many-messages';
    const why = this.world.refusal(action);
    if (why !== null || action.do !== 'command') return why;
    const offers = this.options.protocol.commands(action.node, this.moment);
    return offers.some(({ id }) => id === action.command) ? null : 'no-such-command';
  }

  private goOn(): Entry | null {
    if (this.world.isStarting) return this.world.step();
    for (;;) {
      const [action, ...rest] = this.script;
      if (action === undefined) return this.world.step();
      this.script = rest;
      const entry = this.world.act(action, 'script');
      if (!('refused' in entry)) return entry;
      this.refusals = [...this.refusals, { after: this.n, action, why: entry.refused }];
    }
  }

  /** What the lesson makes of an entry. */
  private take(before: Moment<State, Message, Disk>, entry: Entry): StepRecord {
    const { protocol, spec } = this.options;
    const { moment } = this;
    spec.rules.forEach((rule, index) => {
      if (this.rulesDone.has(index) || !rule.when(moment)) return;
      this.rulesDone.add(index);
      this.script = [...this.script, ...(typeof rule.act === 'function' ? rule.act(moment) : rule.act)];
    });
    this.ask();
    const narration = this.narrate();

    const drawn = this.draw();
    const nodes: Record<NodeId, NodePicture> = {};
    for (const [id, node] of Object.entries(drawn)) if (node !== this.nodes[id]) nodes[id] = node;
    this.nodes = drawn;
    const verdicts = this.judge();
    const annotations = changed(this.annotations, protocol.annotations(moment));
    this.annotations = annotations ?? this.annotations;
    const cuts = changed(this.cuts, this.world.cuts);
    this.cuts = cuts ?? this.cuts;

    const goals = spec.goals.filter((goal) => !this.goalsReached.has(goal.id) && goal.reached(moment));
    for (const { id } of goals) this.goalsReached.add(id);
    this.isOver ||= spec.ends?.(moment) ?? false;
    this.hash = chain(this.hash, spell(this.essence(entry, nodes)));
    return {
      entry,
      message: moment.flight === null ? null : this.drawFlight(moment.flight),
      sentence: sentenceFor(protocol, before, moment),
      narration: narration?.text ?? null,
      mark: narration?.mark ?? null,
      nodes,
      facts: this.factsOf(entry.sent),
      moved: this.moved(entry),
      cuts,
      verdicts,
      annotations,
      goals: goals.map(({ id }) => id),
      hash: this.hash,
    };
  }

  /** What of a state goes into its hash: no sentence, and at checkpoints all that the programs know. */
  private essence(entry: Entry, nodes: Readonly<Record<NodeId, NodePicture>>): unknown {
    const holds = this.verdicts.map((verdict) => verdict.holds);
    if (entry.n % CHECKPOINT_ENTRIES !== 0) return { entry, nodes, holds };
    const whole = [...this.moment.nodes].map(([id, node]) => ({ id, ...node, state: this.world.plainState(id) }));
    return { entry, nodes, holds, whole };
  }

  private ask(): void {
    const { moment } = this;
    for (const { id, before } of this.options.spec.predictions) {
      if (this.asked.some((one) => one.id === id) || !before(moment)) continue;
      this.asked = [...this.asked, { id, before: moment.n, settled: null }];
    }
    if (this.asked.every(({ settled }) => settled !== null)) return;
    this.asked = this.asked.map((one) => {
      if (one.settled !== null) return one;
      const prediction = this.options.spec.predictions.find(({ id }) => id === one.id);
      const truth = prediction?.settle(moment) ?? null;
      return truth === null ? one : { ...one, settled: { truth, at: moment.n } };
    });
  }

  private narrate(): { readonly text: Text; readonly mark: Text | null } | null {
    const { narration } = this.options.spec;
    const index = narration.findIndex(({ when }, at) => !this.said.has(at) && when(this.moment));
    const found = narration[index];
    if (found === undefined) return null;
    this.said.add(index);
    return { text: textFor(found.text, this.moment), mark: found.mark ?? null };
  }

  /** All nodes; one that looks as before is the same object as before. */
  private draw(): Readonly<Record<NodeId, NodePicture>> {
    const nodes: Record<NodeId, NodePicture> = {};
    for (const [id, node] of this.moment.nodes) {
      const { status, timers } = node;
      const view = this.options.protocol.view(id, node, this.moment);
      const picture = { status, view, timers, writes: node.writes.map(({ what }) => what) };
      const old = this.nodes[id];
      nodes[id] = old !== undefined && isSame(old, picture) ? old : picture;
    }
    return nodes;
  }

  /** Judges the moment; what is otherwise than before. */
  private judge(): readonly Verdict[] {
    const judged = this.options.protocol.invariants.map((invariant, index) => {
      const { judgement, memory } = invariant.judge(this.moment, this.memories[index]);
      const old = this.verdicts[index];
      const brokenAt = old?.brokenAt ?? (judgement.holds === false ? this.n : null);
      const verdict = { invariant: invariant.id, holds: judgement.holds, reason: judgement.reason, brokenAt };
      return { memory, verdict: old !== undefined && isSame(old, verdict) ? old : verdict };
    });
    const news = judged.map(({ verdict }) => verdict).filter((verdict, index) => verdict !== this.verdicts[index]);
    this.verdicts = judged.map(({ verdict }) => verdict);
    this.memories = judged.map(({ memory }) => memory);
    return news;
  }

  private drawFlight(flight: Flight<Message>): FlightPicture {
    const { message, ...rest } = flight;
    return { ...rest, facts: this.options.protocol.describe(message).facts };
  }

  private factsOf(sent: readonly Sent[]): Readonly<Record<MessageId, readonly Fact[]>> {
    const facts: Record<MessageId, readonly Fact[]> = {};
    for (const { id } of sent) {
      const flight = this.moment.inFlight.get(id);
      if (flight !== undefined) facts[id] = this.options.protocol.describe(flight.message).facts;
    }
    return facts;
  }

  private moved({ happening, sent }: Entry): StepRecord['moved'] {
    if (happening.kind !== 'act') return [];
    const { action } = happening;
    const ids: MessageId[] = [];
    if (action.do === 'delay' || action.do === 'hold' || action.do === 'letGo') ids.push(action.message);
    // A forgery is held where what it replaces was.
    else if (action.do === 'tamper') ids.push(...sent.map(({ id }) => id));
    const flights = ids.map((id) => this.moment.inFlight.get(id)).filter((flight) => flight !== undefined);
    return flights.map(({ id, held, dueMs }) => ({ id, held, dueMs }));
  }
}

function changed<Value>(old: Value, news: Value): Value | null {
  return isSame(old, news) ? null : news;
}
