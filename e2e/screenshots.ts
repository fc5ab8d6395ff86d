/**
 * Pictures of the pages with real servers and clients, in both languages and themes, wide and narrow.
 *
 *   npm run screenshots -- [folder] [--only name]     (default ./screenshots)
 *   npm run screenshots -- --readme                   the picture of the README, docs/images/cluster.png
 *   npm run screenshots -- --labs                     one of each protocol of the labs, docs/images/lab-*.png
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, type PageOptions } from './harness/browser.ts';
import { takeLabs } from './screenshots/labs.ts';
import { findInstants, type Instants, type Picture, pictures } from './screenshots/pictures.ts';
import { Scene } from './screenshots/scene.ts';

const IMAGES = path.join(import.meta.dirname, '../docs/images');
const README = { name: 'cluster-election', file: path.join(IMAGES, 'cluster.png') };

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;
const LANGUAGES = { en: 'en', zh: 'zh-CN' } as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    readme: { type: 'boolean', default: false },
    labs: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

async function take(
  browser: Browser,
  scene: Scene,
  at: Instants,
  picture: Picture,
  options: PageOptions,
  file: string,
): Promise<void> {
  const { context, page, complaints } = await openPage(browser, scene.vivarium, picture.address(at), options);
  try {
    await picture.ready(page, scene);
    await page.screenshot({ path: file });
    console.log(path.relative('.', file), ...complaints);
  } finally {
    await context.close();
    await picture.after?.(scene);
  }
}

async function takeAll(browser: Browser, scene: Scene, at: Instants, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const picture of pictures) {
    if (values.only !== undefined && picture.name !== values.only) continue;
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const theme of THEMES) {
        for (const [language, locale] of Object.entries(LANGUAGES)) {
          const file = path.join(folder, `${picture.name}-${size}-${theme}-${language}.png`);
          await take(browser, scene, at, picture, { ...viewport, theme, locale }, file);
        }
      }
    }
  }
}

async function takeCluster(browser: Browser): Promise<void> {
  const scene = await Scene.start();
  try {
    const at = await findInstants(scene);
    const picture = pictures.find(({ name }) => name === README.name);
    if (!values.readme) await takeAll(browser, scene, at, path.resolve(positionals[0] ?? 'screenshots'));
    else if (picture !== undefined)
      await take(browser, scene, at, picture, { ...SIZES.wide, theme: 'dark' }, README.file);
  } finally {
    await scene.end();
  }
}

const browser = await launchBrowser();
try {
  if (values.labs) await takeLabs(browser, IMAGES);
  else await takeCluster(browser);
} finally {
  await browser.close();
}
