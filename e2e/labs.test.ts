/** The labs as a student has them: from the list of lessons to a link that somebody else opens, without any server of ours. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from './harness/browser.ts';
import { LabsFolder, type LabViewer } from './harness/labs.ts';

const FIRST_LAB_BYTES = 400_000;
const FIRST_PICTURE_MS = 1_000;

let labs: LabsFolder;
let browser: Browser;

beforeAll(async () => {
  [labs, browser] = await Promise.all([LabsFolder.start(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await labs?.stop();
});

async function expectNothingSerious(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  // A card's name says which node it is and how it is; all that is drawn on it would be no name.
  expect(found.filter((one) => !one.startsWith('label-content-name-mismatch: <g '))).toEqual([]);
}

/** Lets what glides come to rest. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
}

test('a lesson is found, predicted, and played to its end', async () => {
  const student = await labs.open(browser);
  const { page } = student;
  await page.getByRole('link', { name: 'All vote YES', exact: true }).click();
  const first = await student.step();
  await student.forward();
  expect(await page.getByRole('heading', { name: /^Step/ }).textContent()).toContain(`Step ${first + 1}`);

  // One answer is right and one is wrong, and each is told why.
  await student.toNextStop();
  await student.question.waitFor();
  const asked = await student.step();
  await page.keyboard.press('ArrowRight');
  await student.shows(asked);
  const verdicts: string[] = [];
  for (const option of [0, 1]) {
    await student.question.waitFor();
    await student.answer(option);
    verdicts.push(await student.verdict());
    await student.toNextStop();
  }
  expect(verdicts.sort()).toEqual(['Not so', 'Right']);
  await page.getByText('Nothing is left to happen.').waitFor();
  await page.getByRole('button', { name: 'To the first step' }).click();
  await student.shows(first);
  await page.getByRole('button', { name: 'Play' }).click();
  await student.shows(first + 2);
  await student.viewer.leave();
});

test('what is done to a message makes a branch; two branches are compared; the link opens the same moment', async () => {
  const student = await labs.open(browser, '2pc-free');
  const { page } = student;
  const start = await student.step();
  await startTransaction(student);
  await page
    .getByRole('button', { name: /^Drop: PREPARE/ })
    .first()
    .click();
  await student.show('Branches');
  await page.getByRole('listitem').filter({ hasText: 'from step' }).first().waitFor();
  expect(await page.getByRole('button', { name: /^Compare/ }).count()).toBeGreaterThan(0);
  await page
    .getByRole('button', { name: /^Compare/ })
    .first()
    .click();
  await page.getByRole('region', { name: 'Two histories compared' }).getByText('What differs in the end').waitFor();
  const moment = await student.step();
  expect(moment).toBeGreaterThan(start);
  const hash = await student.hash();

  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const teacher = await labs.open(browser, link.replace(/^[^#]*#\//, ''));
  await teacher.shows(moment);
  expect(await teacher.hash()).toBe(hash);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  await teacher.viewer.leave();

  // As a file: out, and in again by somebody else.
  const [download] = await Promise.all([page.waitForEvent('download'), exportHistory(page)]);
  const file = await download.path();
  const other = await labs.open(browser, '2pc-happy');
  await other.step();
  await importHistory(other.page, file);
  await other.shows(moment);
  expect(await other.hash()).toBe(hash);

  // Damaged, of another version, and of another history: each is told apart, and there is a way on.
  const good = readFileSync(file, 'utf8');
  const damaged = path.join(labs.folder, 'damaged.json');
  writeFileSync(damaged, '{"not": "a history"');
  await importHistory(other.page, damaged);
  await other.page
    .getByRole('alert')
    .filter({ hasText: /damaged|no history/ })
    .waitFor();
  await other.page.getByRole('button', { name: 'All lessons' }).click();
  await other.page.getByRole('heading', { name: 'Labs', exact: true }).waitFor();
  await other.page.getByRole('link', { name: 'One votes NO', exact: true }).click();
  await other.step();
  await drop(other.page, good);
  await other.shows(moment);
  await drop(
    other.page,
    good.replace(
      hash,
      hash.replace(/./g, (digit) => (digit === '0' ? '1' : '0')),
    ),
  );
  await other.page.getByRole('alert').filter({ hasText: 'runs otherwise here' }).waitFor();
  await other.viewer.leave();
  await student.viewer.leave();
});

test('a damaged link and a lesson that is not there are said so, with a way on', async () => {
  const lost = await labs.open(browser, 'paxos-nothing');
  await lost.page.getByRole('alert').filter({ hasText: 'There is no lesson named “paxos-nothing”.' }).waitFor();
  await lost.page.getByRole('button', { name: 'All lessons' }).click();
  await lost.page.getByRole('link', { name: 'All vote YES', exact: true }).waitFor();
  await lost.viewer.leave();

  const damaged = await labs.open(browser, '2pc-happy?p=abcdef');
  await damaged.page.getByRole('alert').filter({ hasText: 'The link is damaged' }).waitFor();
  await damaged.page.getByRole('button', { name: 'To the beginning of the lesson' }).click();
  await damaged.steps.waitFor();
  await damaged.viewer.leave();
});

test('everything is done by keys', async () => {
  const student = await labs.open(browser);
  const { page } = student;
  await page.getByRole('link', { name: 'All vote YES', exact: true }).focus();
  await page.keyboard.press('Enter');
  const first = await student.step();
  await page.keyboard.press('ArrowRight');
  await student.shows(first + 1);
  await page.keyboard.press('End');
  await student.question.waitFor();
  const asked = await student.step();
  // Who tries to go on is led to the question.
  await page.keyboard.press('ArrowRight');
  await student.question.getByRole('radio').first().waitFor();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await student.shows(asked + 1);
  await page.getByRole('tab', { name: /^Space–time/ }).focus();
  for (const tab of ['Journal', 'States', 'Branches']) {
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: new RegExp(`^${tab}`), selected: true }).waitFor();
  }
  await page.getByRole('tab', { name: /^Space–time/ }).click();
  const diagram = page.getByRole('group', { name: /^Space–time diagram/ });
  await diagram.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  expect(await student.step()).toBeLessThanOrEqual(asked + 1);
  await student.viewer.leave();
});

test.each([
  ['a lesson, light', '2pc-happy', {}],
  ['a lesson, dark, Chinese', '2pc-happy', { theme: 'dark', locale: 'zh-CN' }],
  ['a lesson, narrow', '2pc-happy', { width: 390, height: 844 }],
  ['the list, narrow', '', { width: 390, height: 844 }],
] as const)('axe finds nothing serious: %s', async (_name, place, options) => {
  const student = await labs.open(browser, place, options);
  const { page } = student;
  if (place === '') await page.getByRole('heading', { level: 3 }).nth(20).waitFor();
  else {
    await student.step();
    await page.keyboard.press('End');
    await page.locator('form').waitFor();
  }
  await painted(page);
  await expectNothingSerious(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await student.viewer.leave();
});

test('the folder works by itself: small, at once, and without asking anybody else', async () => {
  labs.asked.length = 0;
  const elsewhere: string[] = [];
  const beganMs = performance.now();
  const student = await labs.open(browser, '2pc-happy');
  const { page } = student;
  page.on('request', (request) => {
    if (!request.url().startsWith(labs.origin) && !/^(?:blob|data):/.test(request.url())) elsewhere.push(request.url());
  });
  await page.locator('[data-lab-stage] text').first().waitFor();
  const tookMs = performance.now() - beganMs;
  await student.step();
  await page.context().setOffline(true);
  await student.forward();
  await page.keyboard.press('End');
  await student.question.waitFor();
  expect(elsewhere).toEqual([]);
  const files = new Set(readdirSync(labs.folder, { recursive: true, encoding: 'utf8' }));
  const fetched = [...new Set(labs.asked)].map((asked) => (asked === '/' ? 'index.html' : asked.slice(1)));
  expect(fetched.filter((file) => !files.has(file))).toEqual([]);
  const bytes = fetched.map((file) => {
    const content = readFileSync(path.join(labs.folder, file));
    return file.endsWith('.woff2') ? content.length : brotliCompressSync(content).length;
  });
  const total = bytes.reduce((sum, size) => sum + size, 0);
  console.log(`first lab: ${Math.round(total / 1000)} kB in ${fetched.length} files, ${Math.round(tookMs)} ms`);
  expect(total).toBeLessThan(FIRST_LAB_BYTES);
  // Several times what an idle machine needs, as other tests may run beside it.
  expect(tookMs).toBeLessThan(3 * FIRST_PICTURE_MS);
  await student.viewer.leave(/ERR_INTERNET_DISCONNECTED/);
});

/** Lets the free play's coordinator begin, where it does not by itself. */
async function startTransaction(student: LabViewer): Promise<void> {
  const drop = student.page.getByRole('button', { name: /^Drop: PREPARE/ }).first();
  for (let tries = 0; tries < 4 && !(await drop.isVisible()); tries++) await student.forward();
}

async function exportHistory(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'The history as a file' }).click();
  await page.getByRole('menuitem', { name: /^Export/ }).click();
}

async function importHistory(page: Page, file: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(file);
}

/** Drops a file of that text on the page. */
async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate((content) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], 'history.json', { type: 'application/json' }));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
}
