import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The panel and the user pages, served by the server under /app. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy allows nothing inline but styles
  },
});
