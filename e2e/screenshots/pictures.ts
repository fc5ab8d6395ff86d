/** The pictures, and how each one comes about. */
import type { HexString } from '@vivarium/shared/cluster-event';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { Page } from 'playwright-core';
import { isOf, type Scene } from './scene.ts';

/** Instants at which there is something to see, each the number of an event. */
export interface Instants {
  /** A vote is under way. */
  readonly vote: number;
  /** A write is under way, and it has been applied everywhere. */
  readonly write: number;
  readonly applied: number;
  readonly zxid: HexString;
}

export interface Picture {
  readonly name: string;
  address(at: Instants): string;
  /** Brings the page to what is to be seen, and resolves when it is there. */
  ready(page: Page, scene: Scene): Promise<void>;
  /** Undoes what was done for the picture. */
  after?(scene: Scene): Promise<void>;
}

const CONFIG = '/shop/config';
const REPLAYING = /Replaying election|正在慢速重放/;
/** A write so long after an election finds the logs filled and what is left of the election gone. */
const WRITES_LATER = 150;

export const pictures: readonly Picture[] = [
  { name: 'cluster-live', address: () => 'c/local/cluster', ready: busy },
  {
    name: 'cluster-write',
    address: ({ write, zxid }) => `c/local/cluster?select=proposal:${zxid}&at=${write}`,
    ready: drawn,
  },
  { name: 'cluster-election', address: ({ vote }) => `c/local/cluster?tab=election&at=${vote}`, ready: drawn },
  { name: 'cluster-replay', address: () => 'c/local/cluster', ready: replayed, after: (scene) => scene.heal() },
  {
    name: 'cluster-space-time',
    address: ({ applied, zxid }) => `c/local/cluster?view=spacetime&select=proposal:${zxid}&at=${applied}`,
    ready: painted,
  },
  { name: 'explorer-json', address: () => `c/local/explorer?path=${CONFIG}`, ready: edited },
  { name: 'explorer-conflict', address: () => `c/local/explorer?path=${CONFIG}`, ready: conflict, after: writeConfig },
];

/** Lets an election and some writes happen, and says when there was what to see. */
export async function findInstants(scene: Scene): Promise<Instants> {
  const killed = await scene.killLeader();
  const votes = await scene.eventsUntil(killed.n, (event) => isOf(event, 'electionWon'));
  // The second vote that is heard: the first servers have begun to agree, and others still tell.
  const heard = votes.filter((event) => isOf(event, 'voteReceived'))[1] ?? killed;
  await scene.heal();
  const writes = await scene.eventsUntil(
    await scene.now(),
    (event, before) =>
      isOf(event, 'proposed') && before.filter((other) => isOf(other, 'proposed')).length === WRITES_LATER,
  );
  const proposed = writes.at(-1);
  if (proposed === undefined || !isOf(proposed, 'proposed')) throw new Error('nothing was written');
  const { zxid } = proposed.body;
  const told = await scene.eventsUntil(
    proposed.n,
    (event) => isOf(event, 'packetReceived') && event.body.packet === 'PROPOSAL' && event.body.zxid === zxid,
  );
  const applied = await scene.eventsUntil(
    proposed.n,
    (event, before) =>
      isOf(event, 'applied') &&
      event.body.zxid === zxid &&
      before.filter((other) => isOf(other, 'applied') && other.body.zxid === zxid).length === 2,
  );
  return { vote: heard.n, write: lastNumber(told), applied: lastNumber(applied) + 10, zxid };
}

function lastNumber(events: readonly FeedEvent[]): number {
  return events.at(-1)?.n ?? 0;
}

/** Cards or marks of all servers are there. */
async function drawn(page: Page): Promise<void> {
  await page.locator('main [data-role]').nth(2).waitFor();
  await painted(page);
}

/** Nothing is on its way any more, and two frames have passed since. */
async function painted(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  });
}

/** The last commit has changed often enough for the rates to be there. */
async function busy(page: Page): Promise<void> {
  await drawn(page);
  await page.evaluate(async () => {
    const reading = (): string => document.querySelector('header dl, section dl')?.textContent ?? '';
    for (let changes = 0, last = reading(); changes < 20; ) {
      await new Promise(requestAnimationFrame);
      if (reading() === last) continue;
      last = reading();
      changes++;
    }
  });
}

/** The leader is killed under the eyes of the page, and all that are left have voted. */
async function replayed(page: Page, scene: Scene): Promise<void> {
  await drawn(page);
  await scene.killLeader();
  await page.getByText(REPLAYING).first().waitFor();
  await page.locator('main [data-role=looking]').nth(1).waitFor();
  await page
    .getByText(/^\(\d+, [0-9a-f]+·[0-9a-f]+, \d+\)$/)
    .nth(1)
    .waitFor();
}

async function edited(page: Page): Promise<void> {
  await page.locator('.cm-line').filter({ hasText: '"retries"' }).waitFor();
  await painted(page);
}

/** Somebody else writes while the page is edited, and the page tries to save. */
async function conflict(page: Page, scene: Scene): Promise<void> {
  await edited(page);
  await page.locator('.cm-line').filter({ hasText: '"retries"' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('5');
  const config = await scene.read(CONFIG);
  await scene.write(CONFIG, config.replace('"timeoutMs": 2500', '"timeoutMs": 4000'));
  await page.keyboard.press('Control+s');
  await page.locator('section[role=dialog]').waitFor();
  await painted(page);
}

async function writeConfig(scene: Scene): Promise<void> {
  const config = await scene.read(CONFIG);
  await scene.write(CONFIG, config.replace('"timeoutMs": 4000', '"timeoutMs": 2500'));
}
