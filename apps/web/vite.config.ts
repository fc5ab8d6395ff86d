import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Where the server writes `<base href="…">`, so that one build works below any path; the dev server is at the root. */
const baseInDevelopment: Plugin = {
  name: 'base-in-development',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace('<!--base-->', '<base href="/">'),
};

const COMPRESSIBLE = /\.(?:js|css|svg)$/;
const MIN_BYTES = 1_024;

/** Puts a `.br` and a `.gz` beside each file, so that the server has nothing to compress while it serves. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir === undefined) return;
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name));
    await Promise.all(files.map(({ parentPath, name }) => compress(path.join(parentPath, name))));
  },
};

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  if (bytes.length < MIN_BYTES) return;
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes));
}

/** `npx vite apps/web` with a server of ours at `VIVARIUM_URL`. */
const target = process.env.VIVARIUM_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), baseInDevelopment, compressed],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Fonts and icons stay files: the policy of the page allows no data: URLs for fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
  },
  // The engine of the labs loads each protocol when it is asked for.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target },
      '/socket.io': { target, ws: true },
    },
  },
});
