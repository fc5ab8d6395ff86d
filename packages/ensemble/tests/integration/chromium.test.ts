/** The same seed reaches the same state in a browser as in Node: the core depends on nothing that a platform gives. */
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSeed } from '../../simulated/run-seed.ts';

const ENTRY = fileURLToPath(new URL('../../simulated/run-seed.ts', import.meta.url));
const SEEDS = [1, 2, 3, 5, 8, 13];
/** As root Chromium needs its sandbox off; the rest keeps it from looking for a network that is not there. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

declare global {
  /** What the bundle leaves in the page. */
  var vivarium: { runSeed: typeof runSeed };
}

describe('the core in headless Chromium', () => {
  let browser: Browser;
  let bundle: string;

  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        target: 'es2024',
        lib: { entry: ENTRY, formats: ['iife'], name: 'vivarium' },
      },
    });
    const [output] = Array.isArray(built) ? built : [built];
    const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
    bundle = chunk?.code ?? '';
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
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
    await page.addScriptTag({ content: `${bundle}; globalThis.vivarium = vivarium;` });
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
