/**
 * A world of programs whose whole state is plain data. It goes on one step at a time, each step an entry with its cause, and can
 * be copied at any moment. Two worlds with the same options and the same actions do the same, in Node and in a browser.
 */
import { assert, unreachable } from '@vivarium/shared/assert';
import { Random } from '@vivarium/shared/random';
import { Flights } from './flights.ts';
import type { Action, Entry, Happening, LossReason, MessageId, Sent } from './journal.ts';
import type { Flight, Moment } from './moment.ts';
import type { Effect, NodeId, Program, ProgramInput, Turn } from './program.ts';
import type { Refusal, RefusalReason } from './refusal.ts';
import { SteppedNode } from './stepped-node.ts';

/** A message of which all is known but how long it will be under way. */
export type Departure<Message> = Omit<Flight<Message>, 'dueMs' | 'sentN' | 'held'>;

export interface SteppedWorldOptions<State, Message, Disk> {
  readonly seed: number;
  readonly nodes: readonly NodeId[];
  readonly program: Program<State, Message, Disk>;
  /** What is on disks at the beginning, where it is not nothing. */
  readonly disks: Readonly<Record<NodeId, Disk>>;
  /** Nodes that do not start by themselves. */
  readonly down: readonly NodeId[];
  /** Its kind, and the message as one writes it on a board. */
  readonly describe: (message: Message) => { readonly type: string; readonly label: string };
  /** The connection that keeps it in order; null for a datagram. */
  readonly channel: (message: Message) => string | null;
  /** How long it is under way; the generator is this message's own. */
  readonly latencyMs: (departure: Departure<Message>, random: Random) => number;
  /** How long a write takes that is not forced. */
  readonly writeMs: number;
  /** What a message may be replaced by. */
  readonly tampers: (message: Message) => readonly { readonly id: string; readonly message: Message }[];
}

/** An entry while it is being made. */
interface Draft {
  readonly n: number;
  readonly sent: Sent[];
  readonly timersSet: Entry['timersSet'][number][];
  readonly timersCleared: Entry['timersCleared'][number][];
  readonly writes: Entry['writes'][number][];
  readonly told: Entry['told'][number][];
}

/** The next thing that will happen by itself. */
interface Due {
  readonly dueMs: number;
  readonly order: number;
  readonly happen: () => Entry;
}

type By = Entry['by'];

export class SteppedWorld<State, Message, Disk> {
  private readonly options: SteppedWorldOptions<State, Message, Disk>;
  private readonly nodes = new Map<NodeId, SteppedNode<State, Disk>>();
  private flights = new Flights<Message>();
  /** `from>to`, in the order in which they were cut. */
  private readonly cut = new Set<string>();
  /** Nodes that have yet to be started for the first time. */
  private toBoot: NodeId[];
  private nowMs = 0;
  private n = 0;
  private lastMessage = 0;
  private lastOrder = 0;
  /** How many messages each link has taken, copies not counted: what seeds the next one's generator. */
  private readonly sentOver = new Map<string, number>();
  private entry: Entry | null = null;
  private flight: Flight<Message> | null = null;

  constructor(options: SteppedWorldOptions<State, Message, Disk>) {
    this.options = options;
    const { seed, program, disks } = options;
    for (const id of options.nodes) {
      const disk = disks[id] ?? program.emptyDisk(id);
      this.nodes.set(id, new SteppedNode<State, Disk>(disk, new Random(seedFor(seed, id))));
    }
    this.toBoot = options.nodes.filter((id) => !options.down.includes(id));
  }

  /** The number of the last entry. */
  get steps(): number {
    return this.n;
  }

  /** Whether nodes have yet to be started for the first time. */
  get isStarting(): boolean {
    return this.toBoot.some((id) => this.node(id).status === 'down');
  }

  /** `from>to` of each link that is cut. */
  get cuts(): readonly string[] {
    return [...this.cut];
  }

  /** The world as it is now. */
  moment(): Moment<State, Message, Disk> {
    const cut = new Set(this.cut);
    return {
      n: this.n,
      atMs: this.nowMs,
      entry: this.entry,
      flight: this.flight,
      nodes: new Map([...this.nodes].map(([id, node]) => [id, node.moment()])),
      inFlight: this.flights.all(),
      isCut: (from, to) => cut.has(linkOf(from, to)),
    };
  }

  /** What a node's state says, once: for hashes. Null while it is down. */
  plainState(id: NodeId): unknown {
    const { state } = this.node(id);
    return state === null ? null : (this.options.program.plain?.(state) ?? state);
  }

  /** Does what is due first; null where nothing is left to happen by itself. */
  step(): Entry | null {
    for (;;) {
      const id = this.toBoot.shift();
      if (id === undefined) break;
      // Somebody may have started it by hand.
      if (this.node(id).status !== 'down') continue;
      return this.record({ kind: 'boot', node: id }, 'world', null, (draft) => this.boot(id, draft));
    }
    const due = this.nextDue();
    if (due === null) return null;
    this.nowMs = Math.max(this.nowMs, due.dueMs);
    return due.happen();
  }

  private nextDue(): Due | null {
    let first: Due | null = null;
    const offer = (due: Due): void => {
      if (first === null || due.dueMs < first.dueMs || (due.dueMs === first.dueMs && due.order < first.order))
        first = due;
    };
    const flight = this.flights.next((candidate) => this.waits(candidate));
    if (flight !== null) {
      // Messages come before all else that is due at the same time: what is sent is on its way whatever its receiver does.
      offer({ dueMs: flight.dueMs, order: 0, happen: () => this.arrive(flight, 'world') });
    }
    for (const [id, node] of this.nodes) {
      if (node.status !== 'up') continue;
      for (const [timer, { dueMs, order }] of node.timers) {
        offer({ dueMs, order, happen: () => this.goOff(id, timer, 'world') });
      }
      const [write] = node.writes;
      if (write !== undefined) {
        offer({ dueMs: write.dueMs, order: write.order, happen: () => this.finishWrite(id) });
      }
    }
    return first;
  }

  /** Whether a message stays where it is for now. */
  private waits(flight: Flight<Message>): boolean {
    if (this.node(flight.to).status === 'paused') return true;
    return flight.channel !== null && this.cut.has(linkOf(flight.from, flight.to));
  }

  private arrive(flight: Flight<Message>, by: By): Entry {
    if (this.cut.has(linkOf(flight.from, flight.to))) return this.lose(flight, 'cut', by);
    if (this.node(flight.to).status === 'down') return this.lose(flight, 'down', by);
    const happening: Happening = { kind: 'deliver', message: flight.id, node: flight.to };
    this.flights.remove(flight.id);
    return this.record(
      happening,
      by,
      flight.sentN,
      (draft) => this.run(flight.to, { kind: 'message', from: flight.from, message: flight.message }, draft),
      flight,
    );
  }

  private lose(flight: Flight<Message>, why: LossReason, by: By): Entry {
    this.flights.remove(flight.id);
    return this.record({ kind: 'lose', message: flight.id, why }, by, flight.sentN, () => {}, flight);
  }

  private goOff(id: NodeId, timer: string, by: By): Entry {
    const node = this.node(id);
    const pending = node.timers.get(timer);
    assert(pending !== undefined, `timer ${timer} of ${id} is not set`);
    node.timers.delete(timer);
    node.changed();
    return this.record({ kind: 'timer', node: id, timer }, by, pending.setN, (draft) =>
      this.run(id, { kind: 'timer', timer }, draft),
    );
  }

  private finishWrite(id: NodeId): Entry {
    const node = this.node(id);
    const [write, ...rest] = node.writes;
    assert(write !== undefined, `${id} writes nothing`);
    node.writes = rest;
    if (write.content !== null) node.disk = write.content.disk;
    node.changed();
    const happening: Happening = { kind: 'persisted', node: id, write: write.write, what: write.what };
    return this.record(happening, 'world', write.askedN, (draft) =>
      this.run(id, { kind: 'persisted', write: write.write }, draft),
    );
  }

  /** Makes the next entry of what `happen` does. */
  private record(
    happening: Happening,
    by: By,
    cause: number | null,
    happen: (draft: Draft) => void,
    flight: Flight<Message> | null = null,
  ): Entry {
    this.n++;
    const draft: Draft = { n: this.n, sent: [], timersSet: [], timersCleared: [], writes: [], told: [] };
    happen(draft);
    this.entry = { ...draft, atMs: this.nowMs, happening, by, cause };
    this.flight = flight;
    return this.entry;
  }

  private boot(id: NodeId, draft: Draft): void {
    const node = this.node(id);
    node.status = 'up';
    this.take(id, this.options.program.boot(node.disk, this.context(id, node)), draft);
  }

  private run(id: NodeId, input: ProgramInput<Message>, draft: Draft): void {
    const node = this.node(id);
    assert(node.state !== null, `${id} does not run`);
    this.take(id, this.options.program.step(node.state, input, this.context(id, node)), draft);
  }

  private context(id: NodeId, node: SteppedNode<State, Disk>) {
    return { node: id, nowMs: this.nowMs, random: node.random };
  }

  private take(id: NodeId, turn: Turn<State, Message, Disk>, draft: Draft): void {
    const node = this.node(id);
    node.state = turn.state;
    for (const effect of turn.effects) this.perform(id, node, effect, draft);
    node.changed();
  }

  private perform(id: NodeId, node: SteppedNode<State, Disk>, effect: Effect<Message, Disk>, draft: Draft): void {
    switch (effect.kind) {
      case 'send':
        this.send(id, effect.to, effect.message, draft);
        return;
      case 'setTimer': {
        assert(effect.afterMs >= 0, `a timer of ${id} is set to the past`);
        const dueMs = this.nowMs + effect.afterMs;
        node.timers.set(effect.timer, { dueMs, setN: draft.n, order: ++this.lastOrder });
        draft.timersSet.push({ node: id, timer: effect.timer, dueMs });
        return;
      }
      case 'clearTimer':
        if (node.timers.delete(effect.timer)) draft.timersCleared.push({ node: id, timer: effect.timer });
        return;
      case 'persist': {
        const { write, what, disk } = effect;
        draft.writes.push({ node: id, write, what });
        if (write === null) {
          node.force(disk);
          return;
        }
        const dueMs = Math.max(this.nowMs + this.options.writeMs, node.writes.at(-1)?.dueMs ?? 0);
        const pending = { write, what, content: { disk }, dueMs, askedN: draft.n, order: ++this.lastOrder };
        node.writes = [...node.writes, pending];
        return;
      }
      case 'tell':
        draft.told.push({ node: id, what: effect.what });
        return;
      default:
        unreachable(effect);
    }
  }

  private send(from: NodeId, to: NodeId, message: Message, draft: Draft): void {
    assert(this.nodes.has(to), `${from} sends to ${to}, which is no node`);
    const link = linkOf(from, to);
    const count = (this.sentOver.get(link) ?? 0) + 1;
    this.sentOver.set(link, count);
    const departure = this.departure(from, to, message, null, false);
    // A generator for each: an action that makes a node send one message more does not change how long all others take.
    const latencyMs = this.options.latencyMs(departure, new Random(seedFor(this.options.seed, `${link} ${count}`)));
    assert(latencyMs >= 0 && Number.isFinite(latencyMs), `${departure.label} takes ${latencyMs} ms`);
    const flight = { ...departure, dueMs: this.nowMs + latencyMs, sentN: draft.n, held: false };
    this.launch({ ...flight, dueMs: this.flights.dueBehind(flight) }, draft);
  }

  private departure(
    from: NodeId,
    to: NodeId,
    message: Message,
    copyOf: MessageId | null,
    tampered: boolean,
  ): Departure<Message> {
    const { type, label } = this.options.describe(message);
    const channel = this.options.channel(message);
    return { id: ++this.lastMessage, from, to, type, label, channel, copyOf, tampered, message };
  }

  private launch(flight: Flight<Message>, draft: Draft): void {
    this.flights.put(flight);
    const { id, from, to, type, label, channel, dueMs, copyOf, tampered } = flight;
    draft.sent.push({ id, from, to, type, label, channel, dueMs, copyOf, tampered });
  }

  /** Does something from outside: an entry of its own, or why it cannot be done, and then nothing has changed. */
  act(action: Action, by: 'script' | 'person'): Entry | Refusal {
    const refused = this.refusal(action);
    if (refused !== null) return { refused };
    switch (action.do) {
      case 'deliver':
        return this.arrive(this.flightOf(action.message), by);
      case 'drop':
        return this.lose(this.flightOf(action.message), 'dropped', by);
      case 'fire':
        return this.goOff(action.node, action.timer, by);
      default: {
        const forged = action.do === 'tamper' ? this.flightOf(action.message) : null;
        return this.record({ kind: 'act', action }, by, null, (draft) => this.change(action, draft), forged);
      }
    }
  }

  private change(action: Exclude<Action, { do: 'deliver' | 'drop' | 'fire' }>, draft: Draft): void {
    switch (action.do) {
      case 'duplicate': {
        const original = this.flightOf(action.message);
        const { from, to, message, tampered } = original;
        const dueMs = Math.max(original.dueMs, this.nowMs);
        const copy = this.departure(from, to, message, original.id, tampered);
        this.launch({ ...copy, dueMs, sentN: draft.n, held: false }, draft);
        return;
      }
      case 'delay':
        this.flights.put({ ...this.flightOf(action.message), dueMs: this.flights.dueBehindAllMs(this.nowMs) });
        return;
      case 'hold':
      case 'letGo':
        this.flights.put({ ...this.flightOf(action.message), held: action.do === 'hold' });
        return;
      case 'tamper': {
        const original = this.flightOf(action.message);
        const forged = this.options.tampers(original.message).find(({ id }) => id === action.tamper);
        assert(forged !== undefined, 'a forgery that was just offered');
        this.flights.remove(original.id);
        const departure = this.departure(original.from, original.to, forged.message, original.id, true);
        this.launch({ ...departure, dueMs: original.dueMs, sentN: draft.n, held: original.held }, draft);
        return;
      }
      case 'crash':
        this.crash(action.node, draft);
        return;
      case 'restart':
        this.boot(action.node, draft);
        return;
      case 'pause':
      case 'resume': {
        const node = this.node(action.node);
        node.status = action.do === 'pause' ? 'paused' : 'up';
        node.changed();
        return;
      }
      case 'wipe': {
        const node = this.node(action.node);
        node.disk = this.options.program.emptyDisk(action.node);
        node.changed();
        return;
      }
      case 'cut':
        this.cut.add(linkOf(action.from, action.to));
        return;
      case 'heal':
        this.cut.delete(linkOf(action.from, action.to));
        return;
      case 'healAll':
        this.cut.clear();
        return;
      case 'split':
        this.split(action.groups);
        return;
      case 'command':
        this.run(action.node, { kind: 'command', command: action.command }, draft);
        return;
      default:
        unreachable(action);
    }
  }

  private crash(id: NodeId, draft: Draft): void {
    const node = this.node(id);
    assert(node.state !== null, `${id} does not run`);
    const last = this.options.program.died?.(node.state, this.context(id, node)) ?? [];
    for (const timer of node.timers.keys()) draft.timersCleared.push({ node: id, timer });
    node.die();
    for (const { to, message } of last) if (!this.cut.has(linkOf(id, to))) this.send(id, to, message, draft);
  }

  private split(groups: readonly (readonly NodeId[])[]): void {
    this.cut.clear();
    for (const link of this.linksBetween(groups)) this.cut.add(link);
  }

  private linksBetween(groups: readonly (readonly NodeId[])[]): string[] {
    const groupOf = (id: NodeId): unknown => groups.find((group) => group.includes(id)) ?? id;
    const ids = this.options.nodes;
    return ids.flatMap((from) => ids.filter((to) => groupOf(from) !== groupOf(to)).map((to) => linkOf(from, to)));
  }

  /** Why an action cannot be done now; null where it can. */
  refusal(action: Action): RefusalReason | null {
    switch (action.do) {
      case 'deliver': {
        const flight = this.flights.get(action.message);
        if (flight === null) return 'no-such-message';
        if (this.cut.has(linkOf(flight.from, flight.to))) return 'link-is-cut';
        return this.unlessUp(flight.to);
      }
      case 'drop':
      case 'duplicate':
        return this.flights.get(action.message) === null ? 'no-such-message' : null;
      case 'delay': {
        const flight = this.flights.get(action.message);
        if (flight === null) return 'no-such-message';
        return flight.held ? 'already-held' : null;
      }
      case 'hold':
      case 'letGo': {
        const flight = this.flights.get(action.message);
        if (flight === null) return 'no-such-message';
        if (flight.held === (action.do === 'letGo')) return null;
        return flight.held ? 'already-held' : 'not-held';
      }
      case 'tamper': {
        const flight = this.flights.get(action.message);
        if (flight === null) return 'no-such-message';
        return this.options.tampers(flight.message).some(({ id }) => id === action.tamper) ? null : 'no-such-tamper';
      }
      case 'crash': {
        const status = this.nodes.get(action.node)?.status;
        if (status === undefined) return 'no-such-node';
        return status === 'down' ? 'node-is-down' : null;
      }
      case 'restart':
      case 'wipe': {
        const status = this.nodes.get(action.node)?.status;
        if (status === undefined) return 'no-such-node';
        return status === 'down' ? null : 'node-is-up';
      }
      case 'pause':
      case 'command':
        return this.unlessUp(action.node);
      case 'resume': {
        const status = this.nodes.get(action.node)?.status;
        if (status === undefined) return 'no-such-node';
        return status === 'paused' ? null : 'node-is-not-paused';
      }
      case 'cut':
      case 'heal': {
        if (!this.nodes.has(action.from) || !this.nodes.has(action.to)) return 'no-such-node';
        if (action.from === action.to) return 'no-such-link';
        if (this.cut.has(linkOf(action.from, action.to)) === (action.do === 'heal')) return null;
        return action.do === 'heal' ? 'link-is-not-cut' : 'link-is-cut';
      }
      case 'split': {
        if (action.groups.some((group) => group.some((id) => !this.nodes.has(id)))) return 'no-such-node';
        const links = this.linksBetween(action.groups);
        const same = links.length === this.cut.size && links.every((link) => this.cut.has(link));
        return same ? 'nothing-to-do' : null;
      }
      case 'healAll':
        return this.cut.size === 0 ? 'nothing-to-do' : null;
      case 'fire':
        return this.unlessUp(action.node) ?? (this.node(action.node).timers.has(action.timer) ? null : 'no-such-timer');
      default:
        return unreachable(action);
    }
  }

  private unlessUp(id: NodeId): RefusalReason | null {
    const status = this.nodes.get(id)?.status;
    if (status === undefined) return 'no-such-node';
    if (status === 'up') return null;
    return status === 'down' ? 'node-is-down' : 'node-is-paused';
  }

  private node(id: NodeId): SteppedNode<State, Disk> {
    const node = this.nodes.get(id);
    assert(node !== undefined, `no node ${id}`);
    return node;
  }

  private flightOf(id: MessageId): Flight<Message> {
    const flight = this.flights.get(id);
    assert(flight !== null, `no message ${id} under way`);
    return flight;
  }

  /** An equal world that goes its own way. */
  copy(): SteppedWorld<State, Message, Disk> {
    const twin = new SteppedWorld(this.options);
    const { program } = this.options;
    for (const [id, node] of this.nodes)
      twin.nodes.set(
        id,
        node.copy((state) => program.copy?.(state) ?? state),
      );
    twin.flights = this.flights.copy();
    for (const link of this.cut) twin.cut.add(link);
    for (const [link, count] of this.sentOver) twin.sentOver.set(link, count);
    twin.toBoot = [...this.toBoot];
    twin.nowMs = this.nowMs;
    twin.n = this.n;
    twin.lastMessage = this.lastMessage;
    twin.lastOrder = this.lastOrder;
    twin.entry = this.entry;
    twin.flight = this.flight;
    return twin;
  }
}

/** How a link is named: one way. */
function linkOf(from: NodeId, to: NodeId): string {
  return `${from}>${to}`;
}

/** A seed of its own for a part of the world: FNV-1a over its name, in two halves, from the world's seed. */
function seedFor(seed: number, name: string): number {
  let low = (0x811c9dc5 ^ seed) >>> 0;
  let high = (0x01000193 ^ Math.floor(seed / 0x100000000)) >>> 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193) >>> 0;
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x85ebca6b) >>> 0;
  }
  return (high & 0xfffff) * 0x100000000 + low;
}
