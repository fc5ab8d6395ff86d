/** A history that is run as far as it goes, and kept whole every so many entries, so that a fork runs little again. */
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { Picture, Possibility, ProtocolInfo, ScenarioInfo } from './history.ts';
import {
  ActionRefused,
  type Ask,
  type History,
  type HistoryEnd,
  type PlacedAction,
  type StepRecord,
} from './history.ts';
import { possibilitiesOf } from './possibilities.ts';
import { CHECKPOINT_ENTRIES, Run, type RunOptions, type ScriptRefusal } from './run.ts';
import type { Text } from './text.ts';
import { MOST_ENTRIES } from './valid-action.ts';

/** How many entries a scenario runs by itself where it does not say. */
const USUAL_ENTRIES = 400;
/** So many entries behind a person's last action are run at least, so that one sees what comes of it. */
const AFTER_ACTION_ENTRIES = 200;

/** What a history begins with besides its options. */
interface Beginning<State, Message, Disk> {
  readonly info: ScenarioInfo;
  readonly protocolInfo: ProtocolInfo;
  readonly actions: readonly PlacedAction[];
  /** Entries; null: as far as the scenario goes by itself. */
  readonly limit: number | null;
  /** What is known already: the same history up to some entry. */
  readonly known: {
    readonly records: readonly StepRecord[];
    readonly checkpoints: readonly Run<State, Message, Disk>[];
    /** Right behind the last of the records; becomes this history's own. */
    readonly run: Run<State, Message, Disk>;
  } | null;
}

export class RunningHistory<State, Message, Disk> implements History {
  readonly scenario: ScenarioInfo;
  readonly protocol: ProtocolInfo;
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly actions: readonly PlacedAction[];
  readonly start: Picture;
  readonly opening: Text | null;
  readonly ready: number;
  records: readonly StepRecord[];
  asks: readonly Ask[] = [];
  end: HistoryEnd = 'limit';
  private readonly options: RunOptions<State, Message, Disk>;
  private readonly limit: number | null;
  private readonly placed: ReadonlyMap<number, PlacedAction>;
  /** Behind entry 0, 64, 128, …: copied before they go on. */
  private readonly checkpoints: Run<State, Message, Disk>[];
  /** Where it has been run to. */
  private readonly tip: Run<State, Message, Disk>;
  /** Where somebody last asked what can be done: most ask again a little further on. */
  private probe: Run<State, Message, Disk> | null = null;

  constructor(options: RunOptions<State, Message, Disk>, beginning: Beginning<State, Message, Disk>) {
    const { actions, known, limit } = beginning;
    this.options = options;
    this.scenario = beginning.info;
    this.protocol = beginning.protocolInfo;
    this.seed = options.seed;
    this.settings = options.settings;
    this.actions = actions;
    this.limit = limit;
    this.placed = new Map(actions.map((action) => [action.after, action]));
    this.records = known?.records ?? [];
    const first = known?.checkpoints[0] ?? new Run(options);
    this.checkpoints = known === null ? [first] : [...known.checkpoints];
    this.tip = known?.run ?? first.copy();
    this.start = first.picture();
    this.opening = first.opening;

    const last = actions.at(-1);
    const wanted = limit ?? options.spec.limit ?? USUAL_ENTRIES;
    this.runTo(last === undefined ? wanted : Math.max(wanted, last.after + AFTER_ACTION_ENTRIES));
    const beyond = actions.find(({ after }) => after >= this.records.length);
    if (beyond !== undefined) throw new ActionRefused(beyond.after, beyond.action, 'no-such-step');
    const nodes = options.spec.nodes.length - (options.spec.down?.length ?? 0);
    this.ready = Math.min(nodes, this.records.length);
  }

  private runTo(limit: number): void {
    const { tip } = this;
    const records = [...this.records];
    this.end = 'limit';
    while (tip.n < Math.min(limit, MOST_ENTRIES)) {
      const record = tip.next(this.placed.get(tip.n));
      if (typeof record === 'string') {
        this.end = record;
        break;
      }
      records.push(record);
      if (tip.n % CHECKPOINT_ENTRIES === 0) this.checkpoints.push(tip.copy());
    }
    if (tip.n >= MOST_ENTRIES) this.end = 'full';
    this.records = records;
    this.asks = tip.asks();
  }

  extend(limit: number): void {
    if (limit > this.records.length) this.runTo(limit);
  }

  fork(after: number, action: Action): History {
    const run = this.runBehind(after);
    if (run === null) throw new ActionRefused(after, action, 'no-such-step');
    const why = run.refusal(action);
    if (why !== null) throw new ActionRefused(after, action, why);
    return new RunningHistory(this.options, {
      info: this.scenario,
      protocolInfo: this.protocol,
      actions: [...this.actions.filter((placed) => placed.after < after), { after, action }],
      limit: this.limit,
      known: {
        records: this.records.slice(0, after),
        checkpoints: this.checkpoints.slice(0, Math.floor(after / CHECKPOINT_ENTRIES) + 1),
        run,
      },
    });
  }

  possibilities(n: number): readonly Possibility[] {
    const { probe } = this;
    const nearest = Math.floor(n / CHECKPOINT_ENTRIES) * CHECKPOINT_ENTRIES;
    if (probe === null || probe.n > n || probe.n < nearest) this.probe = this.runBehind(n);
    else this.advance(probe, n);
    return this.probe === null ? [] : possibilitiesOf(this.options.protocol, this.probe);
  }

  /** The world right behind an entry, to go its own way; null where there is no such entry. */
  private runBehind(n: number): Run<State, Message, Disk> | null {
    if (!Number.isInteger(n) || n < 0 || n > this.records.length) return null;
    const run = this.checkpoints[Math.floor(n / CHECKPOINT_ENTRIES)]?.copy() ?? null;
    if (run !== null) this.advance(run, n);
    return run;
  }

  private advance(run: Run<State, Message, Disk>, n: number): void {
    while (run.n < n && typeof run.next(this.placed.get(run.n)) !== 'string');
  }

  /** The world behind the last entry, for the scenario's own test; not to be changed. */
  last(): Run<State, Message, Disk> {
    return this.tip;
  }

  /** What the script wanted and could not have. */
  get scriptRefusals(): readonly ScriptRefusal[] {
    return this.tip.refusals;
  }
}
