import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import { compression } from 'vite-plugin-compression2'
import { defineConfig } from 'vitest/config'
import { firstPage } from './frontend/tools/first-page'
import { plainIcons } from './frontend/tools/icons'

// The Go server of `npm run dev`. It is started with the dev server's address
// as its public URL, because it refuses any other Host.
const server = { target: 'http://localhost:8080', changeOrigin: false }

const each = /svelte\/src\/internal\/client\/dom\/blocks\/each/

export default defineConfig({
  root: 'frontend',
  plugins: [
    // Vite minifies; for the browsers below Tailwind would add needless fallbacks.
    tailwindcss({ optimize: false }),
    plainIcons(),
    svelte({ configFile: false }),
    firstPage(),
    // The server compresses index.html after filling it in.
    compression({ algorithms: ['gzip', 'brotliCompress'], exclude: /\.html$/, logLevel: 'silent' }),
  ],
  resolve: {
    alias: [
      {
        find: /^\.\/helpers\/preload\.js$/,
        replacement: fileURLToPath(new URL('frontend/tools/no-preload.ts', import.meta.url)),
      },
      {
        find: /^\.\/search-params\.svelte\.js$/,
        replacement: fileURLToPath(new URL('frontend/tools/no-search-params.ts', import.meta.url)),
      },
    ],
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The policy allows no data: addresses, and the product ships no sources.
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    cssTarget: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // The first page costs one script, not one for each module
    // that another page shares with it.
    rolldownOptions: {
      treeshake: { moduleSideEffects: [{ test: each, sideEffects: false }] },
      output: {
        // The script of the first page names every other file. Eight characters, which is
        // usual, would make it larger and no safer.
        entryFileNames: 'assets/[name]-[hash:7].js',
        chunkFileNames: 'assets/[name]-[hash:7].js',
        assetFileNames: 'assets/[name]-[hash:7][extname]',
        codeSplitting: {
          groups: [
            { name: 'main', test: /frontend\/src\/app\/main\.ts$/, priority: 1 },
            // No {#each} stands on the first page, but all of Svelte belongs to what its script imports.
            { name: 'each', test: each, priority: 2, includeDependenciesRecursively: false },
            { name: 'shared', test: /frontend\/src\/|@lucide/, minShareCount: 2 },
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
