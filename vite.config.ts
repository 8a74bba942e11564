import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import type { Plugin } from 'vite'
import { compression } from 'vite-plugin-compression2'
import { defineConfig } from 'vitest/config'

// The Go server of `npm run dev`. Its public URL is the address of the dev
// server, because it refuses any other Host header.
const server = { target: 'http://localhost:8080', changeOrigin: false }

// The script blocks the first paint, so that no other theme is visible before
// the stored one. Vite rewrites the script tag without the attribute, so this
// plugin adds it.
const blockFirstPaint: Plugin = {
  name: 'block-first-paint',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
}

export default defineConfig({
  root: 'frontend',
  plugins: [
    // Vite minifies. Tailwind would add fallbacks that the browsers below do not
    // need.
    tailwindcss({ optimize: false }),
    svelte({ configFile: false }),
    blockFirstPaint,
    compression({ algorithms: ['gzip', 'brotliCompress'], logLevel: 'silent' }),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The content security policy allows no data: addresses, and the product
    // ships no sources.
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    cssTarget: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // The first page loads one script and one style sheet, not one for each
    // module that it shares with other pages.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'main', test: /frontend\/src\/main\.ts$/, priority: 1 },
            { name: 'shared', test: /frontend\/src\/(components|lib)\/|@lucide/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': server,
      '/livez': server,
      '/readyz': server,
      '/.well-known': server,
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.js'],
  },
})
