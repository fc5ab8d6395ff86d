/** A lesson is the same in a browser as in Node: a link that was made in one of them opens the same history in the other. */
import { fileURLToPath } from 'node:url';
import { bundleForPage, launchChromium } from '@vivarium/ensemble/tests/harness/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finalHashes } from '../final-hashes.ts';

const ENTRY = fileURLToPath(new URL('../final-hashes.ts', import.meta.url));
declare global {
  /** What the bundle leaves in the page. */
  var labs: { finalHashes: typeof finalHashes };
}

describe('the labs in headless Chromium', () => {
  let browser: Browser;
  let bundle: string;

  beforeAll(async () => {
    bundle = await bundleForPage(ENTRY, 'labs');
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  it('runs every scenario to the same hash as Node', async () => {
    expect(/require\(|["']node:/.test(bundle)).toBe(false);
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle });
    const [here, there] = await Promise.all([finalHashes(), page.evaluate(() => globalThis.labs.finalHashes())]);
    expect(Object.keys(here).length).toBeGreaterThan(0);
    expect(there).toEqual(here);
    await page.close();
  });
});
