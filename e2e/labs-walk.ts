/**
 * Plays every lesson of the labs to its end in a browser, as a person would: in both languages, each question answered once
 * right and once wrong. Fails on errors in the console, texts that are missing, cards that lie upon one another, pages wider
 * than the screen, and pages that are gone. Keeps pictures of the questions and of the ends.
 *
 *   npm run walk:labs -- [folder] [--only name] [--look look]
 *
 * The folder is ./labs-walk unless told; `name` is a part of a lesson's, `look` of a language, a theme and a width.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chapters } from '@vivarium/labs/catalog';
import type { Ask, ScenarioInfo } from '@vivarium/labs/history';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type PageOptions } from './harness/browser.ts';
import { LabsFolder, type LabViewer } from './harness/labs.ts';

/** No lesson asks more often. Free play has no end of its own: it is left after its first stretch. */
const MOST_STOPS = 20;

const LOOKS: readonly (PageOptions & { readonly name: string; readonly answers: 'right' | 'wrong' })[] = [
  { name: 'en-light-wide', locale: 'en', theme: 'light', answers: 'right' },
  { name: 'zh-dark-wide', locale: 'zh-CN', theme: 'dark', answers: 'wrong' },
  { name: 'zh-light-narrow', locale: 'zh-CN', theme: 'light', width: 390, height: 844, answers: 'right' },
  { name: 'en-dark-narrow', locale: 'en', theme: 'dark', width: 390, height: 844, answers: 'wrong' },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, look: { type: 'string' } },
});
const folder = path.resolve(positionals[0] ?? 'labs-walk');

interface Lesson {
  readonly info: ScenarioInfo;
  readonly asks: readonly Ask[];
}

/** All lessons, with the questions that they ask by themselves. */
async function lessons(): Promise<readonly Lesson[]> {
  const loaded = await Promise.all(chapters.map(({ load }) => load()));
  return loaded
    .flatMap(({ scenarios }) => scenarios)
    .filter(({ info }) => values.only === undefined || info.id.includes(values.only))
    .map(({ info, open }) => ({ info, asks: open({ seed: 1, settings: {}, actions: [], limit: null }).asks }));
}

/** What is wrong with the page as it stands. */
async function defects(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const wider = document.documentElement.scrollWidth - innerWidth;
    if (wider > 0) found.push(`the page is ${wider} px too wide`);
    const missing = /undefined|NaN|\[object Object\]|labs(?:Stage|Views)?[.:][a-z]+\.[a-zA-Z.]+/.exec(
      document.body.textContent,
    );
    if (missing !== null) found.push(`a text is missing: “${missing[0]}”`);
    const cards = [...document.querySelectorAll('[data-lab-stage] [data-status] > rect:first-child')].map((card) =>
      card.getBoundingClientRect(),
    );
    cards.forEach((one, i) => {
      for (const other of cards.slice(i + 1)) {
        const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (wide > 1 && high > 1) found.push(`two cards overlap by ${Math.round(wide)} × ${Math.round(high)} px`);
      }
    });
    for (const button of document.querySelectorAll('button')) {
      const isNamed = button.textContent !== '' || button.getAttribute('aria-label') !== null;
      if (!isNamed) found.push(`a button has no name: ${button.outerHTML.slice(0, 80)}`);
    }
    return found;
  });
}

async function playThrough(student: LabViewer, lesson: Lesson, look: (typeof LOOKS)[number]): Promise<string[]> {
  const { page } = student;
  const found: string[] = [];
  const picture = (what: string) =>
    page.screenshot({ path: path.join(folder, `${lesson.info.id}-${look.name}-${what}.png`) });
  const forward = page.locator('section button:has(svg.lucide-skip-forward)');
  await student.step();
  let asked = 0;
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    found.push(...(await defects(page)));
    const question = page.locator('form:has([role=radiogroup])');
    if (await question.isVisible()) {
      const step = await student.step();
      const ask = lesson.asks.find(({ before }) => before === step + 1);
      if (ask === undefined) return [...found, `a question is asked at step ${step} that the lesson does not have`];
      const right = ask.options.findIndex(({ id }) => id === ask.truth);
      const option = look.answers === 'right' ? right : (right + 1) % ask.options.length;
      await question.getByRole('radio').nth(option).check();
      asked++;
      await picture(`question-${asked}`);
      await question.locator('button[type=submit]').click();
      await page.locator(`[role=slider][aria-valuenow="${step}"]`).waitFor({ state: 'detached' });
    } else if ((await forward.isEnabled()) && (lesson.info.kind !== 'free' || stop === 0)) {
      const before = await student.step();
      await forward.click();
      await page.locator(`[role=slider][aria-valuenow="${before}"]`).waitFor({ state: 'detached' });
    } else break;
  }
  await picture('end');
  if (asked !== lesson.asks.length) found.push(`${asked} of ${lesson.asks.length} questions were asked`);
  const said = await page.locator('[role=slider]').getAttribute('aria-valuenow');
  const last = await page.locator('[role=slider]').getAttribute('aria-valuemax');
  if (said !== last && lesson.info.kind !== 'free') found.push(`it ends at step ${said} of ${last}`);
  return found;
}

async function walk(browser: Browser, labs: LabsFolder): Promise<number> {
  let wrong = 0;
  for (const lesson of await lessons()) {
    for (const look of LOOKS) {
      if (values.look !== undefined && !look.name.includes(values.look)) continue;
      const student = await labs.open(browser, lesson.info.id, look);
      let found: string[];
      try {
        found = await playThrough(student, lesson, look);
      } catch (error) {
        await student.page.screenshot({ path: path.join(folder, `${lesson.info.id}-${look.name}-failed.png`) });
        found = [error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)];
      }
      await student.viewer.context.close();
      const all = [...new Set([...found, ...student.viewer.complaints])];
      wrong += all.length;
      console.log(
        `${all.length === 0 ? 'ok   ' : 'WRONG'} ${lesson.info.id} ${look.name}`,
        ...all.map((one) => `\n      ${one}`),
      );
    }
  }
  return wrong;
}

mkdirSync(folder, { recursive: true });
const [labs, browser] = await Promise.all([LabsFolder.start(), launchBrowser()]);
try {
  const wrong = await walk(browser, labs);
  console.log(wrong === 0 ? `nothing is wrong; pictures in ${folder}` : `${wrong} defects; pictures in ${folder}`);
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  await browser.close();
  await labs.stop();
}
