import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { Page } from 'playwright-core';
import { ClusterPage } from '../../e2e/harness/cluster-page.ts';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import { residentMebibytes } from '../rig.ts';
import type { Bench, Row } from './part.ts';
import { profiled } from './profile.ts';
import { heapMebibytes, watchFrames, withPage, withVivarium } from './rig.ts';
import { ServerHeap } from './server-heap.ts';
import { short, summary } from './statistics.ts';

const EVENTS_PER_SECOND = 10_000;
/** When the memory is measured, as parts of the whole time. */
const MEASURED_AT = [1 / 6, 1 / 2, 1];

/** What came over the page's socket. */
interface Count {
  /** The number that the first snapshot stands at, and the last one that came. */
  first: number | null;
  last: number;
  received: number;
  /** Events that a later snapshot stood for, by its own count. */
  summarised: number;
  /** Numbers that were neither received nor counted. */
  lost: number;
}

/** The Cluster page under 10,000 events a second, as a source makes them that needs no ensemble. */
export function stream(bench: Bench): Promise<readonly Row[]> {
  return withVivarium(bench, { args: ['--synthetic', String(EVENTS_PER_SECOND)] }, (vivarium) =>
    withPage(bench, vivarium, async (page) => {
      await page.addInitScript(countEvents);
      await page.goto(new URL('c/synthetic/cluster', `${vivarium.origin}/`).href);
      await new ClusterPage(page).leader();
      const begun = { n: await lastNumber(vivarium), ms: performance.now() };
      const { gaps, heap, serverHeap, resident } = await profiled(bench, 'stream', page, () =>
        watch(bench, vivarium, page),
      );
      const made = (await lastNumber(vivarium)) - begun.n;
      const rate = made / ((performance.now() - begun.ms) / 1_000);
      const count = await page.evaluate(() => (globalThis as unknown as { counted: Count }).counted);
      const span = count.last - (count.first ?? 0);
      const whole = (value: number): string => value.toLocaleString('en');
      return [
        {
          figure: `stream of ${whole(Math.round(rate))} events/s for ${bench.seconds} s: gaps between frames`,
          value: summary(gaps),
          limit: 'p95 50 ms',
        },
        { figure: '… frames later than 50 ms', value: `${gaps.filter((gap) => gap > 50).length} of ${gaps.length}` },
        {
          figure: `… browser's heap after collection, at ${times(bench)} s`,
          value: `${heap.map(short).join(' · ')} MiB`,
          limit: 'flat',
        },
        {
          figure: `… server's heap after collection, at ${times(bench)} s`,
          value: `${serverHeap.map(short).join(' · ')} MiB`,
          limit: 'flat',
        },
        {
          figure: `… resident memory of the server before each, at ${times(bench)} s`,
          value: `${resident.map(short).join(' · ')} MiB`,
        },
        {
          figure: '… events made = received + summarised + lost',
          value: `${whole(span)} = ${whole(count.received)} + ${whole(count.summarised)} + ${whole(count.lost)}`,
          limit: 'none lost',
        },
      ];
    }),
  );
}

function times({ seconds }: Bench): string {
  return MEASURED_AT.map((part) => short(seconds * part)).join(', ');
}

/** Frames for the whole time but for where the memory is measured, since collecting stops the page. */
async function watch(bench: Bench, vivarium: Vivarium, page: Page) {
  const devtools = await page.context().newCDPSession(page);
  const gaps: number[] = [];
  const heap: number[] = [];
  const resident: number[] = [];
  const serverHeap: number[] = [];
  const server = await ServerHeap.open(vivarium.pid);
  let passed = 0;
  for (const part of MEASURED_AT) {
    const endFrames = await watchFrames(page);
    await delay((part - passed) * bench.seconds * 1_000);
    passed = part;
    gaps.push(...(await endFrames()));
    resident.push(residentMebibytes(vivarium.pid));
    serverHeap.push(await server.mebibytes());
    heap.push(await heapMebibytes(devtools));
  }
  server.close();
  return { gaps, heap, serverHeap, resident };
}

async function lastNumber(vivarium: Vivarium): Promise<number> {
  const { body } = await vivarium.api('GET', 'clusters');
  const { clusters } = body as { clusters: ClusterInfo[] };
  return clusters.find(({ id }) => id === 'synthetic')?.kept.last ?? 0;
}

/** In the page, before its own scripts: reads along on every socket, as cheaply as can be. */
function countEvents(): void {
  const counted: Count = { first: null, last: 0, received: 0, summarised: 0, lost: 0 };
  const batchHead = /^42\["batch",\{"cluster":"synthetic","after":(\d+),"upTo":(\d+)/;
  const occurrences = (text: string, part: string): number => {
    let count = 0;
    for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
    return count;
  };
  const read = (text: string): void => {
    const head = batchHead.exec(text.slice(0, 120));
    if (head !== null) {
      const [after, upTo] = [Number(head[1]), Number(head[2])];
      const events = occurrences(text, '{"n":');
      counted.lost += after - counted.last + (upTo - after - events);
      counted.received += events;
      counted.last = upTo;
    } else if (text.startsWith('42["snapshot",{"cluster":"synthetic"')) {
      const [, { state, summarised }] = JSON.parse(text.slice(2)) as [
        string,
        { state: { n: number }; summarised: number },
      ];
      if (counted.first === null) counted.first = state.n;
      else counted.lost += state.n - counted.last - summarised;
      counted.summarised += summarised;
      counted.last = state.n;
    }
  };
  class CountingSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') read(data);
      });
    }
  }
  Object.assign(globalThis, { counted, WebSocket: CountingSocket });
}
