/** One picture of each protocol of the labs, for the documents. */
import path from 'node:path';
import { chapters } from '@vivarium/labs/catalog';
import { encodePosition } from '@vivarium/labs/position';
import type { Browser } from 'playwright-core';
import type { PageOptions } from '../harness/browser.ts';
import { LabsFolder } from '../harness/labs.ts';

interface LabPicture {
  readonly scenario: string;
  /** The step that is shown. */
  readonly cursor: number;
  readonly options: PageOptions;
}

/** Telling moments: a question that is open, an invariant that is broken, a proposal that survives. */
const PICTURES: readonly LabPicture[] = [
  { scenario: '2pc-told-one', cursor: 16, options: { theme: 'light' } },
  { scenario: '3pc-partition', cursor: 25, options: { theme: 'light' } },
  { scenario: 'paxos-two-proposers', cursor: 17, options: { theme: 'dark' } },
  { scenario: 'zab-committed-survives', cursor: 75, options: { theme: 'dark' } },
  { scenario: 'generals-om1', cursor: 12, options: { theme: 'light' } },
  { scenario: 'cap-partition-ap', cursor: 76, options: { theme: 'light' } },
];

/** Takes the pictures of all protocols into the folder, as `lab-<scenario>.png`. */
export async function takeLabs(browser: Browser, folder: string): Promise<void> {
  const labs = await LabsFolder.start();
  try {
    for (const { scenario, cursor, options } of PICTURES) {
      const student = await labs.open(browser, await placeOf(scenario, cursor), { ...options, height: 900 });
      await student.shows(cursor);
      await student.page.locator('[data-picture="space-time"] svg').first().waitFor();
      await student.page.evaluate(() => document.fonts.ready);
      const file = path.join(folder, `lab-${scenario}.png`);
      await student.page.screenshot({ path: file });
      await student.viewer.context.close();
      console.log(path.relative('.', file), ...student.viewer.complaints);
    }
  } finally {
    await labs.stop();
  }
}

/** The place of a moment behind the `#`, as the page itself writes it. */
async function placeOf(scenario: string, cursor: number): Promise<string> {
  const loaded = await Promise.all(chapters.map(({ load }) => load()));
  const found = loaded.flatMap(({ scenarios }) => scenarios).find(({ info }) => info.id === scenario);
  if (found === undefined) throw new Error(`there is no lesson ${scenario}`);
  const { seed, settings, records } = found.open({ seed: 1, settings: {}, actions: [], limit: null });
  const position = { scenario, seed, settings, actions: [], cursor };
  const link = encodePosition(position, (n) => records[n - 1]?.hash ?? null);
  return `${scenario}?p=${encodeURIComponent(link)}`;
}
