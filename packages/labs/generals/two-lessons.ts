/** What the lessons of the two generals ask of a moment. */
import { delivers, stateOf } from '../moments.ts';
import type { Offer } from '../protocol.ts';
import { term } from '../text.ts';
import { isSureOfOther, lastLetter } from './two-program.ts';
import { generals, lastSender, type TwoMoment } from './two-protocol.ts';

/** The number of the plan's last letter. */
export function lastOf(moment: TwoMoment): number {
  return lastLetter(generals(moment)[0]?.acks ?? 0);
}

/** The number of the letter that the entry sent; null where it sent none. */
export function sentLetter(moment: TwoMoment): number | null {
  const [sent] = moment.entry?.sent ?? [];
  return (sent && moment.inFlight.get(sent.id)?.message.number) ?? null;
}

/** How often the last letter has been sent, where the entry sent it; null elsewhere. */
export function sendsOfLast(moment: TwoMoment): number | null {
  return sentLetter(moment) === lastOf(moment) ? (lastSender(moment)?.sends ?? null) : null;
}

/** Whether the letter of that number has just come for the first time, and was answered. */
export function answersFirst(moment: TwoMoment, letter: number): boolean {
  const { flight } = moment;
  const receiver = flight === null ? null : stateOf(moment, flight.to);
  return delivers(moment) && flight?.message.number === letter && receiver?.sent === letter + 1 && receiver.sends === 1;
}

/** Which of the options `both`, `neither`, `sender` and `receiver` came true; null before both have decided. */
export function whoAttacks(moment: TwoMoment): string | null {
  const all = generals(moment);
  if (all.some(({ decision }) => decision === null)) return null;
  const attackers = all.filter(({ decision }) => decision === 'attack');
  if (attackers.length !== 1) return attackers.length === 0 ? 'neither' : 'both';
  return attackers[0]?.name === lastSender(moment)?.name ? 'sender' : 'receiver';
}

/** `0`, `1`, `2`: how many are sure of the other; null before both have decided. */
export function howManyAreSure(moment: TwoMoment): string | null {
  const all = generals(moment);
  if (all.some(({ decision }) => decision === null)) return null;
  return String(all.filter(isSureOfOther).length);
}

export const sureOptions: readonly Offer[] = ['0', '1', '2'].map((count) => ({ id: count, text: term(count) }));
