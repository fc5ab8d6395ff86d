/** The pictures, and how each one comes about. */
import type { Page } from 'playwright-core';
import { isOf, type Scene } from './scene.ts';

/** Numbers of events at which there is something to see. */
export interface Instants {
  /** A write is under way. */
  readonly write: number;
  /** A vote is under way. */
  readonly vote: number;
  /** The new leader's first commits, with all that led to them before. */
  readonly elected: number;
}

export interface Picture {
  readonly name: string;
  address(at: Instants): string;
  /** Brings the page to what is to be seen, and resolves when it is there. */
  ready(page: Page, scene: Scene): Promise<void>;
}

const CONFIG = '/shop/config';

export const pictures: readonly Picture[] = [
  { name: 'cluster-live', address: () => 'c/local/cluster', ready: (page) => drawn(page).then(() => busy(page)) },
  { name: 'cluster-write', address: ({ write }) => `c/local/cluster?at=${write}`, ready: drawn },
  { name: 'cluster-election', address: ({ vote }) => `c/local/cluster?tab=election&at=${vote}`, ready: drawn },
  {
    name: 'cluster-space-time',
    address: ({ elected }) => `c/local/cluster?view=spacetime&at=${elected}`,
    ready: painted,
  },
  { name: 'explorer-json', address: () => `c/local/explorer?path=${CONFIG}`, ready: edited },
  { name: 'explorer-conflict', address: () => `c/local/explorer?path=${CONFIG}`, ready: conflict },
];

/** Finds a write whose proposal has been logged by nobody yet, among the last ones. */
export async function writeUnderWay(scene: Scene): Promise<number> {
  const leader = await scene.leader();
  const sent = await scene.eventAfter(await scene.now(), (event) => event.sid === leader && isOf(event, 'proposed'));
  const { n } = await scene.eventAfter(
    sent.n,
    (event) => isOf(event, 'packetReceived') && event.body.packet === 'PROPOSAL',
  );
  return n;
}

/** Kills the leader, starts it again when there is a new one, and says when there was what to see. */
export async function electionInstants(scene: Scene): Promise<Pick<Instants, 'vote' | 'elected'>> {
  const before = await scene.now();
  const leader = await scene.leader();
  await scene.act(leader, 'kill');
  const won = await scene.eventAfter(before, (event) => isOf(event, 'electionWon'));
  const votes = (await scene.events(before)).filter((event) => isOf(event, 'voteSent') && event.n < won.n);
  const vote = votes.at(-1)?.n ?? won.n;
  const { n: elected } = await scene.eventAfter(won.n, (event) => isOf(event, 'committed'));
  await scene.act(leader, 'start');
  await scene.whole();
  return { vote, elected };
}

async function drawn(page: Page): Promise<void> {
  await page.locator('main [data-role]').nth(2).waitFor();
  await painted(page);
}

/** Fonts are there, and two frames have passed since. */
async function painted(page: Page): Promise<void> {
  await page.locator('#main').waitFor();
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });
}

/** The last commit has changed often enough for the rates to be there. */
function busy(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const reading = (): string => document.querySelector('header dl, section dl')?.textContent ?? '';
    for (let changes = 0, last = reading(); changes < 20; ) {
      await new Promise(requestAnimationFrame);
      if (reading() === last) continue;
      last = reading();
      changes++;
    }
  });
}

async function edited(page: Page): Promise<void> {
  await page.locator('.cm-line').filter({ hasText: '"retries"' }).waitFor();
  await painted(page);
}

/** Somebody else writes while the page is edited, and the page tries to save. */
async function conflict(page: Page, scene: Scene): Promise<void> {
  await edited(page);
  const text = (await page.locator('.cm-line').allTextContents()).join('\n');
  await page.locator('.cm-line').filter({ hasText: '"retries"' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('5');
  await scene.write(
    CONFIG,
    text.replace('"timeoutMs": 2500', '"timeoutMs": 4000').replace('"rollout": 25', '"rollout": 50'),
  );
  await page.keyboard.press('Control+s');
  await page.locator('section[role=dialog]').waitFor();
  await painted(page);
  await scene.write(CONFIG, text);
}
