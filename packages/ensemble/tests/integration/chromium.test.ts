/** The same seed reaches the same state in a browser as in Node: the core depends on nothing that a platform gives. */
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSeed } from '../../simulated/run-seed.ts';
import { bundleForPage, launchChromium } from '../harness/chromium.ts';

const ENTRY = fileURLToPath(new URL('../../simulated/run-seed.ts', import.meta.url));
const SEEDS = [1, 2, 3, 5, 8, 13];
declare global {
  /** What the bundle leaves in the page. */
  var vivarium: { runSeed: typeof runSeed };
}

describe('the core in headless Chromium', () => {
  let browser: Browser;
  let bundle: string;

  beforeAll(async () => {
    bundle = await bundleForPage(ENTRY, 'vivarium');
    browser = await launchChromium();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
  });

  it('holds nothing of Node in the bundle', () => {
    expect(bundle.length).toBeGreaterThan(10_000);
    expect(/require\(|["']node:/.test(bundle)).toBe(false);
  });

  it('reaches the same state hash as Node for the same seeds', async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle });
    for (const seed of SEEDS) {
      const here = runSeed(seed);
      const there = await page.evaluate((wanted) => {
        const { hash, events, violations } = globalThis.vivarium.runSeed(wanted);
        return { hash, events, violations: violations.length };
      }, seed);
      expect(here.violations).toEqual([]);
      expect(there).toEqual({ hash: here.hash, events: here.events, violations: 0 });
    }
    await page.close();
  }, 120_000);
});
