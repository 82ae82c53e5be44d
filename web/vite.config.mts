import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

/** The panel and the user pages, served by the server under /app. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  // Small beforehand, so that no request is compressed while calls are carried.
  plugins: [react(), compression({ algorithms: ['gzip', 'brotliCompress'], threshold: 1_024 })],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy allows nothing inline but styles
  },
});
