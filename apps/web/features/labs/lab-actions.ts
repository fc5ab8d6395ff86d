/** What a viewer can do in a lab. Histories come from the engine; all else is a change of the state at once. */
import { type Ask, USUAL_SEED } from '@vivarium/labs/history';
import { Pictures } from '@vivarium/labs/pictures';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { StoreApi } from 'zustand';
import { type Branch, branchThatDoes, isNext, leastVisited, ownerOf, without } from './branch.ts';
import type { LabEngine } from './engine/lab-client.ts';
import type { BranchId, LabFailure, LabRequest, OpenedHistory, Origin, ShorterWay } from './engine/lab-messages.ts';
import { LabRequests, type Received } from './engine/lab-requests.ts';
import type { LabNews } from './lab-news.ts';
import {
  type Answer,
  answerKey,
  askAt,
  type Lab,
  type LabSelection,
  type LabState,
  reach,
  remaking,
} from './lab-state.ts';

/** More, and the one that was not visited for the longest goes. */
const MAX_BRANCHES = 64;
/** How many steps an extension adds, and how near the end it comes while a free play is played. */
const EXTENSION = 400;
const EXTEND_BEFORE_END = 40;
/** How long a single step takes to the eye. */
const GLIDE_MS = 240;
/** A tab that was away goes on where it was. */
const MAX_FRAME_MS = 250;

/** What the actions ask of the page that they run in. */
export interface LabSurroundings {
  /** Calls back with the time in ms right before the next picture is painted. */
  readonly onFrame: (callback: (nowMs: number) => void) => void;
  readonly prefersStillness: () => boolean;
  /** Tells of something that the viewer did not ask for, or that could not be done. */
  readonly notify: (news: LabNews) => void;
}

export class LabActions {
  readonly #store: StoreApi<LabState>;
  readonly #requests: LabRequests;
  readonly #around: LabSurroundings;
  readonly #visits = new Map<BranchId, number>();
  #lastBranch = 0;
  #visit = 0;
  /** Counts what was opened, so that an answer to an older request is not shown. */
  #opening = 0;
  #retry: (anyway: boolean) => Promise<void> = async () => {};
  /** Where it has come to while it plays, in steps. */
  #head = 0;
  #isAnimating = false;

  constructor(store: StoreApi<LabState>, engine: LabEngine, around: LabSurroundings) {
    this.#store = store;
    this.#around = around;
    this.#requests = new LabRequests(
      engine,
      (steps) => store.setState({ steps }),
      (failure) => around.notify({ kind: 'failed', failure }),
      (branch) => remaking(store.getState().lab, branch),
    );
  }

  /** Opens a scenario, at the position that `link` encodes or at its beginning. */
  async open(scenario: string, link: string | null, anyway = false): Promise<void> {
    this.#retry = (again) => this.open(scenario, link, anyway || again);
    const branch = ++this.#lastBranch;
    await this.#openWith(
      branch,
      link === null
        ? { kind: 'open', branch, origin: { scenario, seed: USUAL_SEED, settings: {}, actions: [] } }
        : { kind: 'openLink', branch, scenario, text: link, anyway },
    );
  }

  /** The same lesson with other settings or another seed, from its beginning. */
  async restart(change: Partial<Pick<Origin, 'seed' | 'settings'>>): Promise<void> {
    const { info, seed, settings } = this.#lab();
    const origin = { scenario: info.id, seed, settings, actions: [], ...change };
    this.#retry = () => this.restart(change);
    const branch = ++this.#lastBranch;
    await this.#openWith(branch, { kind: 'open', branch, origin });
  }

  /** Opens a history that was exported: it is run again, and compared. */
  async importHistory(text: string, anyway = false): Promise<void> {
    this.#retry = (again) => this.importHistory(text, anyway || again);
    const branch = ++this.#lastBranch;
    await this.#openWith(branch, { kind: 'import', branch, text, anyway });
  }

  /** Gives up what is being opened; the lab that was there before stays. */
  cancel(): void {
    this.#opening += 1;
    if (this.#store.getState().lab !== null) this.#store.setState({ phase: 'ready' });
  }

  /** What failed, once more; `anyway` also where it runs otherwise here. */
  async retry(anyway = false): Promise<void> {
    await this.#retry(anyway);
  }

  /** The history that is shown as JSON; null where it could not be had, which the viewer has been told. */
  async exportHistory(): Promise<string | null> {
    const { branch, cursor } = this.#lab();
    let text: string | null = null;
    await this.#requests.ask({ kind: 'export', branch: branch.id, cursor }, (answer) => {
      if (answer.kind === 'file') text = answer.text;
    });
    return text;
  }

  /** Looks for a shorter way to a goal of the history that is shown; null where there is none, which the viewer is told. */
  async shorten(goal: string): Promise<ShorterWay | null> {
    const { branch, busy, info } = this.#lab();
    if (busy) return null;
    this.#change({ busy: true });
    let way: ShorterWay | null = null;
    const done = await this.#requests.ask({ kind: 'shorten', branch: branch.id, goal }, (answer) => {
      if (answer.kind === 'shorter') ({ way } = answer);
    });
    if (this.#lab().info !== info) return null;
    this.#change({ busy: false });
    if (done && way === null) this.#around.notify({ kind: 'nothingShorter' });
    return way;
  }

  /** To the moment behind step `n`, or as far as the next open question allows. */
  seek(n: number): void {
    this.pause();
    this.#show(reach(this.#lab(), Math.round(n)));
  }

  /** A step forward or back. Forward from an open question points at the question; where no more was run, it is run. */
  step(by: 1 | -1): void {
    const lab = this.#lab();
    this.pause();
    const next = reach(lab, lab.cursor + by);
    if (next === lab.cursor) {
      if (by === 1 && askAt(lab, lab.cursor) !== null) this.#change({ nudges: lab.nudges + 1 });
      else if (by === 1) void this.extend();
      return;
    }
    this.#show(next, by === 1 && !this.#around.prefersStillness());
  }

  play(): void {
    const lab = this.#lab();
    if (askAt(lab, lab.cursor) !== null) {
      this.#change({ nudges: lab.nudges + 1 });
      return;
    }
    const atEnd = lab.cursor === lab.branch.records.length;
    if (atEnd && lab.branch.end !== 'limit') this.#show(0);
    this.#change({ playing: true });
    this.#animate();
  }

  pause(): void {
    const { playing, cursor } = this.#lab();
    if (playing) this.#change({ playing: false, u: cursor });
  }

  /** Steps per second. */
  setSpeed(speed: number): void {
    this.#change({ speed });
  }

  select(selected: LabSelection | null): void {
    this.#change({ selected });
  }

  /** Answers the question, or skips it (null), and goes one step further. */
  answer(ask: Ask, option: string | null): void {
    const { branches, branch, answers } = this.#lab();
    const answer: Answer = { option };
    this.#change({ answers: { ...answers, [answerKey(branches, branch, ask)]: answer } });
    this.step(1);
  }

  showBranch(id: BranchId): void {
    const { branches, cursor } = this.#lab();
    const branch = branches.find((candidate) => candidate.id === id);
    if (branch === undefined) return;
    this.pause();
    this.#change({ branch, selected: null });
    this.#show(reach(this.#lab(), Math.min(cursor, branch.records.length)));
  }

  /**
   * Does something at the cursor. What would happen next anyway is a step; what was done here before leads to its branch; all
   * else makes a branch.
   */
  async act(action: Action): Promise<void> {
    this.pause();
    const before = this.#lab();
    const { branch, branches, cursor } = before;
    if (isNext(branch, cursor, action)) {
      const ask = askAt(before, cursor);
      if (ask !== null) this.answer(ask, null);
      else this.step(1);
      return;
    }
    const owner = ownerOf(branches, branch, cursor);
    const known = branchThatDoes(branches, branch, cursor, action);
    if (known !== null) {
      this.showBranch(known.id);
      this.step(1);
      return;
    }
    if (before.busy) return;
    this.#change({ busy: true });
    const id = ++this.#lastBranch;
    const received = await this.#requests.receive(
      { kind: 'fork', branch: id, from: owner.id, after: cursor, action },
      branch.records.slice(0, cursor),
    );
    if (this.#lab().info !== before.info) {
      this.#requests.close(id);
      return;
    }
    this.#change({ busy: false });
    if (received === null) return;
    const fork = this.#branch(id, received, owner, { parent: owner.id, forkedAt: cursor, action });
    this.#keep(fork);
    this.#show(cursor + 1, !this.#around.prefersStillness());
  }

  /** Runs the shown history on; nothing where it has come to its own end. */
  async extend(): Promise<void> {
    const { branch, busy, info } = this.#lab();
    if (busy || branch.end !== 'limit') return;
    this.#change({ busy: true });
    const limit = branch.records.length + EXTENSION;
    const received = await this.#requests.receive({ kind: 'extend', branch: branch.id, limit }, branch.records);
    if (this.#lab().info !== info) return;
    this.#change({ busy: false });
    // The viewer may have gone on meanwhile.
    const current = this.#lab().branches.find(({ id }) => id === branch.id);
    if (received !== null && current !== undefined) this.#replace(this.#branch(branch.id, received, current, current));
  }

  async #openWith(branch: BranchId, request: LabRequest): Promise<void> {
    const opening = ++this.#opening;
    const old = this.#store.getState().lab;
    if (old?.playing) this.pause();
    this.#store.setState({ phase: 'loading', failure: null, steps: 0 });
    let failure: LabFailure | null = null;
    const received = await this.#requests.receive(request, [], (fault) => {
      failure = fault;
    });
    if (opening !== this.#opening) {
      this.#requests.close(branch);
      return;
    }
    if (received === null || received.opened === null) {
      this.#store.setState({ phase: 'failed', failure: failure ?? { code: 'defect', params: {} } });
      return;
    }
    for (const other of old?.branches ?? []) this.#requests.close(other.id);
    this.#visits.clear();
    const { opened } = received;
    const first = this.#branch(branch, received, opened, { parent: null, forkedAt: 0, action: null });
    const cursor = Math.min(received.cursor, first.records.length);
    const shown = { ...first, seen: cursor };
    this.#store.setState({
      phase: 'ready',
      lab: {
        info: opened.scenario,
        protocol: opened.protocol,
        scenarios: opened.scenarios,
        seed: opened.seed,
        settings: opened.settings,
        opening: opened.opening,
        ready: opened.ready,
        branches: [shown],
        branch: shown,
        cursor,
        u: cursor,
        playing: false,
        speed: old?.speed ?? 1,
        selected: null,
        answers: {},
        possibilities: [],
        isAsking: true,
        busy: false,
        nudges: 0,
      },
    });
    void this.#askPossibilities();
  }

  #branch(
    id: BranchId,
    { records, state }: Received,
    from: Branch | OpenedHistory,
    place: Pick<Branch, 'parent' | 'forkedAt' | 'action'>,
  ): Branch {
    const start = 'start' in from ? from.start : from.pictureAt(0);
    const pictures = new Pictures(start, records);
    const seen = 'seen' in from ? (from.id === id ? from.seen : place.forkedAt) : 0;
    const { parent, forkedAt, action } = place;
    return { id, parent, forkedAt, action, ...state, records, seen, pictureAt: (n) => pictures.at(n) };
  }

  /** Adds a branch and shows it. The least visited goes where there are too many; its own branches go to its parent. */
  #keep(branch: Branch): void {
    const lab = this.#lab();
    const branches = [...lab.branches, branch];
    if (branches.length > MAX_BRANCHES) {
      const oldest = leastVisited(branches, branch, this.#visits);
      if (oldest !== undefined) {
        branches.splice(0, branches.length, ...without(branches, oldest));
        this.#requests.close(oldest.id);
        this.#around.notify({ kind: 'branchDropped' });
      }
    }
    this.#change({ branches, branch, selected: null });
  }

  #replace(branch: Branch): void {
    const lab = this.#lab();
    this.#change({
      branches: lab.branches.map((other) => (other.id === branch.id ? branch : other)),
      ...(lab.branch.id === branch.id && { branch }),
    });
  }

  /** Shows the moment; `glide` lets messages travel there. */
  #show(cursor: number, glide = false): void {
    const lab = this.#lab();
    const branch = lab.branch.seen >= cursor ? lab.branch : { ...lab.branch, seen: cursor };
    this.#visits.set(branch.id, ++this.#visit);
    this.#change({ cursor, u: glide ? Math.max(cursor - 1, Math.min(lab.u, cursor)) : cursor, isAsking: true });
    if (branch !== lab.branch) this.#replace(branch);
    if (glide) this.#animate();
    if (!lab.playing) void this.#askPossibilities();
    if (branch.end === 'limit' && lab.info.kind === 'free' && branch.records.length - cursor < EXTEND_BEFORE_END) {
      void this.extend();
    }
  }

  async #askPossibilities(): Promise<void> {
    const { branch, cursor } = this.#lab();
    const isCurrent = (): boolean => {
      const { lab } = this.#store.getState();
      return lab !== null && lab.branch.id === branch.id && lab.cursor === cursor;
    };
    await this.#requests.ask(
      { kind: 'possibilities', branch: branch.id, n: cursor },
      (answer) => {
        if (answer.kind !== 'possibilities' || !isCurrent()) return;
        this.#change({ possibilities: answer.possibilities, isAsking: false });
      },
      // An engine that is gone is told of where the viewer does something, not where one only looks.
      () => {
        if (isCurrent()) this.#change({ isAsking: false });
      },
    );
  }

  /** Lets time pass with the frames, while it plays or until `u` has come to the cursor. */
  #animate(): void {
    this.#head = this.#lab().u;
    if (this.#isAnimating) return;
    this.#isAnimating = true;
    let lastMs: number | null = null;
    const tick = (nowMs: number) => {
      const elapsedMs = lastMs === null ? 0 : Math.min(nowMs - lastMs, MAX_FRAME_MS);
      lastMs = nowMs;
      this.#isAnimating = this.#advance(elapsedMs);
      if (this.#isAnimating) this.#around.onFrame(tick);
    };
    this.#around.onFrame(tick);
  }

  /** Whether there is more to come. */
  #advance(elapsedMs: number): boolean {
    const lab = this.#lab();
    if (!lab.playing) {
      if (lab.u >= lab.cursor) return false;
      this.#change({ u: Math.min(lab.cursor, lab.u + elapsedMs / GLIDE_MS) });
      return true;
    }
    const wanted = this.#head + (elapsedMs / 1000) * lab.speed;
    this.#head = Math.min(wanted, reach(lab, Math.ceil(wanted)));
    const cursor = Math.floor(this.#head);
    if (cursor !== lab.cursor) this.#show(cursor);
    if (!this.#around.prefersStillness()) this.#change({ u: this.#head });
    const isHeld = this.#head < wanted;
    // More steps are on their way: it goes on when they have come.
    if (!isHeld || this.#lab().busy) return true;
    this.#change({ playing: false, u: cursor });
    void this.#askPossibilities();
    return false;
  }

  #lab(): Lab {
    const { lab } = this.#store.getState();
    if (lab === null) throw new Error('no lab is open');
    return lab;
  }

  #change(change: Partial<Lab>): void {
    this.#store.setState({ lab: { ...this.#lab(), ...change } });
  }
}
