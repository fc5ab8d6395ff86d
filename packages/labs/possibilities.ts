/** What a person can do at a moment. */
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { Possibility } from './history.ts';
import type { Protocol } from './protocol.ts';
import type { Run } from './run.ts';
import type { Text } from './text.ts';

/** All that a person can do where the run stands: messages first, in their order, then nodes, then links. */
export function possibilitiesOf<State, Message, Disk>(
  protocol: Protocol<State, Message, Disk>,
  run: Run<State, Message, Disk>,
): readonly Possibility[] {
  const { moment } = run;
  const possible: Possibility[] = [];
  const offer = (action: Action, text: Text | null = null): void => {
    if (run.refusal(action) === null) possible.push({ action, text, breaks: protocol.breaks(action, moment) });
  };
  for (const flight of moment.inFlight.values()) {
    const message = flight.id;
    for (const what of ['deliver', 'drop', 'duplicate', 'delay', 'hold', 'letGo'] as const)
      offer({ do: what, message });
    for (const tamper of protocol.tampers(flight.message)) {
      offer({ do: 'tamper', message, tamper: tamper.id }, tamper.text);
    }
  }
  for (const [id, node] of moment.nodes) {
    for (const command of protocol.commands(id, moment)) {
      offer({ do: 'command', node: id, command: command.id }, command.text);
    }
    for (const what of ['crash', 'restart', 'pause', 'resume', 'wipe'] as const) offer({ do: what, node: id });
    for (const { timer } of node.timers) offer({ do: 'fire', node: id, timer }, protocol.timers[timer] ?? null);
  }
  for (const from of moment.nodes.keys()) {
    for (const to of moment.nodes.keys()) {
      offer({ do: 'cut', from, to });
      offer({ do: 'heal', from, to });
    }
  }
  offer({ do: 'healAll' });
  return possible;
}
