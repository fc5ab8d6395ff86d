/** Measures a long history in a real page: from a key, or a press on the time bar, to the changed and laid out page. */
import type { Scenario } from '@vivarium/labs/history';
import { encodePosition } from '@vivarium/labs/position';
import { assert } from '@vivarium/shared/assert';
import { Random } from '@vivarium/shared/random';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../../e2e/harness/browser.ts';
import { LabsFolder, type LabViewer } from '../../e2e/harness/labs.ts';
import { summary } from '../pages/statistics.ts';
import { beyondTheEnd } from './measure.ts';

const STEPS = 150;
const SEEKS = 60;

declare global {
  /** In the page: ms from the last key or press to the page that shows another step, one for each of them. */
  var stepsTakenMs: number[];
}

/** Lines of the table for a scenario: a step forward, a step back, a seek anywhere, each in a history of so many entries. */
export async function measurePage(
  scenario: Scenario,
  entries: number,
): Promise<readonly (readonly [string, string])[]> {
  const actions = beyondTheEnd(scenario, entries);
  const history = scenario.open({ seed: 1, settings: {}, actions, limit: entries });
  const { length } = history.records;
  const { seed, settings } = history;
  const position = { scenario: scenario.info.id, seed, settings, actions, cursor: length };
  const link = encodePosition(position, (n) => history.records[n - 1]?.hash ?? null);
  const folder = await LabsFolder.start();
  const browser = await launchBrowser();
  try {
    const lab = await folder.open(browser, `${scenario.info.id}?p=${link}`);
    await lab.page.emulateMedia({ reducedMotion: 'reduce' });
    await lab.shows(length);
    await watch(lab.page);
    const back = await keys(lab, 'ArrowLeft');
    const forward = await keys(lab, 'ArrowRight');
    const seeks = await presses(lab);
    return [
      [`${scenario.info.id}, ${length} entries: a step back`, summary(back)],
      ['a step forward', summary(forward)],
      ['a seek anywhere', summary(seeks)],
    ];
  } finally {
    await browser.close();
    await folder.stop();
  }
}

/** Notes in the page how long each change of the step takes, with the layout that it causes. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const slider = document.querySelector('[role=slider]');
    if (slider === null) throw new Error('no time bar');
    globalThis.stepsTakenMs = [];
    let beganMs: number | null = null;
    for (const kind of ['keydown', 'pointerdown']) {
      document.addEventListener(kind, () => (beganMs = performance.now()), { capture: true });
    }
    new MutationObserver(() => {
      if (beganMs === null) return;
      document.body.getBoundingClientRect();
      globalThis.stepsTakenMs.push(performance.now() - beganMs);
      beganMs = null;
    }).observe(slider, { attributeFilter: ['aria-valuenow'] });
  });
}

async function taken(page: Page): Promise<number[]> {
  return await page.evaluate(() => globalThis.stepsTakenMs.splice(0));
}

async function keys(lab: LabViewer, key: string): Promise<number[]> {
  for (let i = 0; i < STEPS; i++) {
    const before = await lab.step();
    await lab.page.keyboard.press(key);
    await lab.shows(before + (key === 'ArrowLeft' ? -1 : 1));
  }
  return await taken(lab.page);
}

async function presses(lab: LabViewer): Promise<number[]> {
  const box = await lab.steps.boundingBox();
  assert(box !== null, 'a time bar to press');
  const random = new Random(3);
  for (let i = 0; i < SEEKS; i++) {
    await lab.page.mouse.click(box.x + random.below(Math.floor(box.width)), box.y + box.height / 2);
  }
  return await taken(lab.page);
}
