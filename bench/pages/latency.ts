import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { makeZxid } from '@vivarium/shared/zxid';
import type { JSHandle, Page } from 'playwright-core';
import { ClusterPage } from '../../e2e/harness/cluster-page.ts';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Bench, Row } from './part.ts';
import { profiled } from './profile.ts';
import { withPage, withVivarium } from './rig.ts';
import { summary } from './statistics.ts';
import { withClient, writeAtRate } from './writes.ts';

const WRITES = 400;
const WRITES_PER_SECOND = 10;
const EVENTS_AT_ONCE = 20_000;

/** A zxid as the top bar wrote it, and the wall clock in the first frame after it stood there. */
interface Sighting {
  readonly text: string;
  readonly wallMs: number;
}

/** From a commit at the leader to the frame that shows it. Wall clocks on both sides: it is the same machine's. */
export function latency(bench: Bench): Promise<readonly Row[]> {
  return withVivarium(bench, {}, (vivarium) =>
    withPage(bench, vivarium, async (page) => {
      const leader = await new ClusterPage(page).leader();
      const sightings = await watchLastCommit(page);
      const zxids = await profiled(bench, 'latency', page, () =>
        withClient(vivarium.connectString, (client) =>
          writeAtRate(client, '/latency', WRITES_PER_SECOND, (written) => written === WRITES),
        ),
      );
      const last = zxids.at(-1) ?? 0n;
      await page.waitForFunction(({ watch, text }) => watch.some((sighting) => sighting.text === text), {
        watch: sightings,
        text: topBarText(last),
      });
      const seen = (await sightings.jsonValue()).map(({ text, wallMs }) => ({ zxid: zxidOf(text), wallMs }));
      const committedMs = await commitsOf(vivarium, leader);
      const ages = zxids.map((zxid) => {
        // Where two commits came between two frames, the second stands for both.
        const shown = seen.find((sighting) => sighting.zxid >= zxid);
        return (shown?.wallMs ?? Number.NaN) - (committedMs.get(zxid) ?? Number.NaN);
      });
      if (ages.some(Number.isNaN)) throw new Error('a commit was not seen');
      return [
        { figure: 'a commit at the leader to its picture, 10 writes/s', value: summary(ages), limit: 'p95 250 ms' },
      ];
    }),
  );
}

/** Notes each last commit that the top bar shows. */
function watchLastCommit(page: Page): Promise<JSHandle<Sighting[]>> {
  return page.evaluateHandle(() => {
    const sightings: { text: string; wallMs: number }[] = [];
    const bar = document.querySelector('header dl');
    if (bar === null) throw new Error('no readings in the top bar');
    const read = (): string =>
      [...bar.querySelectorAll('dd')]
        .map(({ textContent }) => textContent ?? '')
        .find((text) => /^\w+·\w+$/.test(text)) ?? '';
    let last = read();
    new MutationObserver(() => {
      const text = read();
      if (text === last) return;
      last = text;
      requestAnimationFrame(() => sightings.push({ text, wallMs: Date.now() }));
    }).observe(bar, { subtree: true, childList: true, characterData: true });
    return sightings;
  });
}

/** When the leader committed each transaction, on the wall clock. */
async function commitsOf(vivarium: Vivarium, leader: number): Promise<Map<bigint, number>> {
  const committed = new Map<bigint, number>();
  for (let after = 0; ; ) {
    const answer = await vivarium.api('GET', `clusters/local/events?after=${after}&limit=${EVENTS_AT_ONCE}`);
    const { events } = answer.body as { events: FeedEvent[] };
    for (const { sid, body, wallMs } of events) {
      if (sid === leader && body.kind === 'committed') committed.set(BigInt(body.zxid), wallMs);
    }
    const last = events.at(-1);
    if (last === undefined) return committed;
    after = last.n;
  }
}

/** Epoch and counter as the top bar writes them. */
function topBarText(zxid: bigint): string {
  return `${(zxid >> 32n).toString(16)}·${(zxid & 0xffffffffn).toString(16)}`;
}

function zxidOf(text: string): bigint {
  const [epoch = '', counter = ''] = text.split('·');
  return makeZxid(Number.parseInt(epoch, 16), Number.parseInt(counter, 16));
}
