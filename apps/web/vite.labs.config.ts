/** The labs by themselves, as a folder: `npm run build:labs`. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** What a web server gives for the folder's address is its index. */
const asIndex: Plugin = {
  name: 'as-index',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir !== undefined) await rename(path.join(dir, 'labs.html'), path.join(dir, 'index.html'));
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), asIndex],
  build: {
    outDir: 'dist-labs',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: { input: path.join(import.meta.dirname, 'labs.html') },
  },
  worker: { format: 'es' },
});
