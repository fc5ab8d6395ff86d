/** Makes a scenario that can be run of a protocol and a lesson. */
import { type PlacedAction, type ProtocolInfo, type Scenario, type ScenarioInfo, USUAL_SEED } from './history.ts';
import type { Protocol } from './protocol.ts';
import { RunningHistory } from './running-history.ts';
import type { ScenarioSpec } from './scenario.ts';
import type { Text } from './text.ts';

/** A scenario of a protocol; its types stay in here. */
export function defineScenario<State, Message, Disk>(
  protocol: Protocol<State, Message, Disk>,
  spec: ScenarioSpec<State, Message, Disk>,
): Scenario {
  const info: ScenarioInfo = {
    id: spec.id,
    protocol: protocol.id,
    title: spec.title,
    purpose: spec.purpose,
    kind: spec.kind,
    settings: spec.settings,
    nodes: spec.nodes,
    goals: spec.goals.map(({ id, text }) => ({ id, text })),
    questions: spec.predictions.length,
  };
  const { id, title, about, roles, words, timers, assumptions, invariants } = protocol;
  const protocolInfo: ProtocolInfo = {
    id,
    title,
    about,
    roles,
    words,
    timers,
    assumptions,
    invariants: invariants.map((invariant) => ({ id: invariant.id, title: invariant.title })),
  };
  const run = (options: {
    readonly seed: number;
    readonly settings: Readonly<Record<string, string>>;
    readonly actions: readonly PlacedAction[];
    readonly limit: number | null;
  }): RunningHistory<State, Message, Disk> => {
    const { seed, actions, limit } = options;
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed}`);
    const settings = chosen(spec.settings, options.settings);
    checkOrder(actions);
    const gone = spec.without?.(settings) ?? [];
    const nodes = spec.nodes.filter((node) => !gone.includes(node.id));
    const rules = [...spec.rules, ...(spec.rulesFor?.(settings) ?? [])];
    return new RunningHistory(
      { protocol, spec: { ...spec, nodes, rules }, seed, settings },
      { info: { ...info, nodes }, protocolInfo, actions, limit, known: null },
    );
  };
  return {
    info,
    protocol: protocolInfo,
    open: run,
    check: (settings) => {
      const history = run({ seed: USUAL_SEED, settings, actions: [], limit: null });
      return failures(spec, history);
    },
  };
}

/** All settings with their choices; the first where none is chosen. */
function chosen(
  settings: ScenarioInfo['settings'],
  choices: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const { id, choices: offers } of settings) {
    const choice = Object.hasOwn(choices, id) ? choices[id] : offers[0]?.id;
    if (choice === undefined || !offers.some((offer) => offer.id === choice)) {
      throw new RangeError(`setting ${id} has no choice ${choice}`);
    }
    all[id] = choice;
  }
  const unknown = Object.keys(choices).find((id) => !Object.hasOwn(all, id));
  if (unknown !== undefined) throw new RangeError(`no setting ${unknown}`);
  return all;
}

/** Each action is an entry of its own, so no two are placed at one moment. */
function checkOrder(actions: readonly PlacedAction[]): void {
  let last = -1;
  for (const { after } of actions) {
    if (!Number.isSafeInteger(after) || after <= last) throw new RangeError(`an action after step ${after}`);
    last = after;
  }
}

/** What of a lesson did not come true in a run without anybody's actions. */
function failures<State, Message, Disk>(
  spec: ScenarioSpec<State, Message, Disk>,
  history: RunningHistory<State, Message, Disk>,
): readonly Text[] {
  const failed: Text[] = [];
  const { moment } = history.last();
  for (const { text, holds } of spec.outcome(history.settings)) if (!holds(moment)) failed.push(text);

  const wanted = spec.breaks(history.settings);
  const broken = new Map<string, Text>();
  for (const record of history.records) {
    for (const { invariant, holds, reason } of record.verdicts) if (holds === false) broken.set(invariant, reason);
  }
  for (const [invariant, { en, zh }] of broken) {
    if (wanted.includes(invariant)) continue;
    failed.push({ en: `The invariant ${invariant} broke: ${en}`, zh: `不变量 ${invariant} 被破坏：${zh}` });
  }
  for (const invariant of wanted) {
    if (!broken.has(invariant))
      failed.push({ en: `The invariant ${invariant} held`, zh: `不变量 ${invariant} 未被破坏` });
  }

  for (const { after, action, why } of history.scriptRefusals) {
    const what = `${JSON.stringify(action)}: ${why}`;
    failed.push({ en: `The script failed after step ${after}: ${what}`, zh: `脚本在第 ${after} 步之后失败：${what}` });
  }
  for (const { id, truth, options } of history.last().answers()) {
    if (options.some((option) => option.id === truth)) continue;
    failed.push({ en: `Question ${id} has no option ${truth}`, zh: `问题 ${id} 没有选项 ${truth}` });
  }
  return failed;
}
