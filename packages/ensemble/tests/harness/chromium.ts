/** A headless Chromium, and code of ours as one script for a page of it. */
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';

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

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
}

/** A module with all that it imports, as a script that leaves its exports in the page's global of that name. */
export async function bundleForPage(entry: string, name: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, target: 'es2024', lib: { entry, formats: ['iife'], name } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  return `${chunk?.code ?? ''}; globalThis.${name} = ${name};`;
}
