/** What is selected on the Cluster page, as it stands in the address: `server:2`, `link:1>3`, `proposal:0x…`, `election:9`. */
import type { HexString } from '@vivarium/shared/cluster-event';

export type Selection =
  | { readonly kind: 'server'; readonly sid: number }
  | { readonly kind: 'link'; readonly from: number; readonly to: number }
  | { readonly kind: 'proposal'; readonly zxid: HexString }
  | { readonly kind: 'election'; readonly number: number };

/** The selection that a text stands for; null where it stands for none. */
export function parseSelection(text: string | null | undefined): Selection | null {
  const match = /^(?:(server|election):(\d{1,9})|link:(\d{1,9})>(\d{1,9})|proposal:(0x[0-9a-f]{1,16}))$/.exec(
    text ?? '',
  );
  if (match === null) return null;
  const [, counted, number, from, to, zxid] = match;
  if (zxid !== undefined) return { kind: 'proposal', zxid };
  if (from !== undefined) return { kind: 'link', from: Number(from), to: Number(to) };
  return counted === 'server' ? { kind: 'server', sid: Number(number) } : { kind: 'election', number: Number(number) };
}

/** The text of a selection; `parseSelection` reads it. */
export function formatSelection(selection: Selection): string {
  switch (selection.kind) {
    case 'server':
      return `server:${selection.sid}`;
    case 'link':
      return `link:${selection.from}>${selection.to}`;
    case 'proposal':
      return `proposal:${selection.zxid}`;
    case 'election':
      return `election:${selection.number}`;
  }
}

/** Whether two selections are the same thing. */
export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a === b || (a !== null && b !== null && formatSelection(a) === formatSelection(b));
}
