/** What the worker does: keeps the histories that the page shows, and runs them. */
import { type Chapter, chapters } from '@vivarium/labs/catalog';
import {
  ActionRefused,
  type History,
  type ProtocolInfo,
  type Scenario,
  type ScenarioInfo,
} from '@vivarium/labs/history';
import { exportHistory, type HistoryFileFault, parseHistoryFile } from '@vivarium/labs/history-file';
import { decodePosition, divergence, encodePosition, type HashSample } from '@vivarium/labs/position';
import type { ProtocolId } from '@vivarium/labs/protocol';
import { reachedAt, shorten } from '@vivarium/labs/shorten';
import type { BranchId, ChapterInfo, LabAnswer, LabFailure, LabRequest, Origin } from './lab-messages.ts';

/** Entries of a message: copying them must not hold up a frame of the page. */
const RECORDS_PER_MESSAGE = 250;

interface ChapterSource {
  readonly id: ProtocolId;
  readonly load: () => Promise<Chapter>;
}

/** A fault that has a name. */
class Fault extends Error {
  readonly failure: LabFailure;

  constructor(failure: LabFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

export class LabHost {
  readonly #post: (answer: LabAnswer) => void;
  readonly #sources: readonly ChapterSource[];
  readonly #histories = new Map<BranchId, History>();

  constructor(post: (answer: LabAnswer) => void, sources: readonly ChapterSource[] = chapters) {
    this.#post = post;
    this.#sources = sources;
  }

  /** Does what is asked and posts the answers, of which `done` or `failed` is the last. */
  async take(id: number, request: LabRequest): Promise<void> {
    try {
      await this.#do(id, request);
      this.#post({ id, kind: 'done' });
    } catch (error) {
      this.#post({ id, kind: 'failed', failure: failureOf(error) });
    }
  }

  async #do(id: number, request: LabRequest): Promise<void> {
    switch (request.kind) {
      case 'catalog':
        return this.#catalog(id);
      case 'open':
        return this.#open(id, request.branch, { ...request.origin, cursor: null }, []);
      case 'openLink': {
        const link = decodePosition(request.text);
        if ('code' in link) throw new Fault({ ...link, params: 'version' in link ? { version: link.version } : {} });
        if (link.position.scenario !== request.scenario) throw new Fault({ code: 'damaged', params: {} });
        return this.#open(id, request.branch, link.position, request.anyway ? [] : link.samples);
      }
      case 'fork': {
        const history = this.#history(request.from).fork(request.after, request.action);
        this.#histories.set(request.branch, history);
        return this.#ran(id, history, request.after);
      }
      case 'extend': {
        const history = this.#history(request.branch);
        const from = history.records.length;
        history.extend(request.limit);
        return this.#ran(id, history, from);
      }
      case 'possibilities': {
        const possibilities = this.#history(request.branch).possibilities(request.n);
        return this.#post({ id, kind: 'possibilities', possibilities });
      }
      case 'close':
        this.#histories.delete(request.branch);
        return;
      case 'export':
        return this.#post({ id, kind: 'file', text: exportHistory(this.#history(request.branch), request.cursor) });
      case 'import': {
        const file = parseHistoryFile(request.text);
        if ('code' in file) throw new Fault(fileFailure(file));
        return this.#open(id, request.branch, file.position, request.anyway ? [] : file.hashes);
      }
      case 'shorten':
        return this.#shorten(id, this.#history(request.branch), request.goal);
    }
  }

  async #catalog(id: number): Promise<void> {
    for (const source of this.#sources) {
      try {
        for (const chapter of partsOf(await load(source))) this.#post({ id, kind: 'chapter', chapter });
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        this.#post({ id, kind: 'chapterFailed', protocol: source.id });
      }
    }
  }

  /** Runs the history and compares it with what is known of it: the hashes of a link, or of a file. */
  async #open(
    id: number,
    branch: BranchId,
    { cursor, ...origin }: Origin & { readonly cursor: number | null },
    samples: readonly HashSample[],
  ): Promise<void> {
    const { chapter, scenario } = await this.#scenario(origin.scenario);
    const history = openCompared(scenario, origin, samples);
    const wanted = Math.max(cursor ?? 0, samples.at(-1)?.n ?? 0);
    if (wanted > history.records.length && history.end === 'limit') history.extend(wanted);
    compare(samples, history);
    this.#histories.set(branch, history);
    const { seed, settings, start, opening, ready } = history;
    this.#post({
      id,
      kind: 'opened',
      opened: {
        protocol: history.protocol,
        scenario: history.scenario,
        scenarios: chapter.scenarios.map(({ info }) => info),
        seed,
        settings,
        start,
        opening,
        ready,
      },
      cursor: cursor ?? ready,
    });
    this.#ran(id, history, 0);
  }

  #ran(id: number, history: History, from: number): void {
    for (let n = from; n < history.records.length; n += RECORDS_PER_MESSAGE) {
      this.#post({ id, kind: 'records', from: n, records: history.records.slice(n, n + RECORDS_PER_MESSAGE) });
    }
    const { actions, asks, end } = history;
    this.#post({ id, kind: 'ran', state: { actions, asks, end } });
  }

  /** Answers nothing but `done` where no way is shorter. */
  async #shorten(id: number, history: History, goal: string): Promise<void> {
    const { scenario } = await this.#scenario(history.scenario.id);
    const shorter = shorten(scenario, history, goal);
    const steps = shorter === null ? null : reachedAt(shorter, goal);
    // As many steps with fewer actions is no shorter way to whoever counts steps.
    if (shorter === null || steps === null || steps === reachedAt(history, goal)) return;
    const { seed, settings, actions, records } = shorter;
    const position = { scenario: scenario.info.id, seed, settings, actions, cursor: steps };
    const link = encodePosition(position, (n) => records[n - 1]?.hash ?? null);
    this.#post({ id, kind: 'shorter', way: { steps, link } });
  }

  /** A scenario begins with the name of its protocol, so that no other protocol's code is loaded for it. */
  async #scenario(name: string): Promise<{ chapter: Chapter; scenario: Scenario }> {
    const isOwn = ({ id }: ChapterSource) => name.startsWith(`${id}-`);
    for (const source of [...this.#sources].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)))) {
      const chapter = await load(source);
      const scenario = chapter.scenarios.find(({ info }) => info.id === name);
      if (scenario !== undefined) return { chapter, scenario };
    }
    throw new Fault({ code: 'scenario', params: { scenario: name } });
  }

  #history(branch: BranchId): History {
    const history = this.#histories.get(branch);
    if (history === undefined) throw new Fault({ code: 'forgotten', params: {} });
    return history;
  }
}

async function load(source: ChapterSource): Promise<Chapter> {
  try {
    return await source.load();
  } catch (error) {
    throw new Fault({ code: 'load', params: { reason: error instanceof Error ? error.message : '' } });
  }
}

/** Throws where the history goes another way than it did where the hashes were written down. */
function compare(samples: readonly HashSample[], { records }: History): void {
  const diverged = divergence(samples, records);
  if (diverged === null) return;
  throw new Fault({ code: 'diverges', params: { same: diverged.after, other: diverged.before } });
}

/** Opens the history. Where an action cannot be done any more because it goes another way before that, that is what is told. */
function openCompared(scenario: Scenario, origin: Origin, samples: readonly HashSample[]): History {
  try {
    return scenario.open({ ...origin, limit: null });
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    const { after } = error;
    const actions = origin.actions.filter((placed) => placed.after < after);
    const before = samples.filter(({ n }) => n <= after);
    compare(before, scenario.open({ ...origin, actions, limit: after }));
    throw error;
  }
}

/** The scenarios of a chapter by their protocol: some chapters tell of two. */
function partsOf({ scenarios }: Chapter): readonly ChapterInfo[] {
  const parts = new Map<string, { protocol: ProtocolInfo; scenarios: ScenarioInfo[] }>();
  for (const { protocol, info } of scenarios) {
    const part = parts.get(protocol.title.en);
    if (part === undefined) parts.set(protocol.title.en, { protocol, scenarios: [info] });
    else part.scenarios.push(info);
  }
  return [...parts.values()];
}

function fileFailure(fault: HistoryFileFault): LabFailure {
  switch (fault.code) {
    case 'version':
      return { code: 'version', params: { version: fault.version } };
    case 'damaged':
      return { code: 'damagedFile', params: { where: fault.where } };
    default:
      return { code: 'noHistory', params: {} };
  }
}

function failureOf(error: unknown): LabFailure {
  if (error instanceof Fault) return error.failure;
  if (error instanceof ActionRefused) {
    return { code: 'refused', params: { after: error.after, why: error.why } };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: error instanceof RangeError ? 'settings' : 'defect', params: { reason } };
}
