import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { isolationHeaders } from './.ci/static-server.mjs';
import { buildServiceWorker } from './.config/service-worker.ts';

/**
 * What `onnxruntime-web/webgpu` loads at run time. Served and built as `ort/` beside index.html under
 * their own names: the runtime is told the folder, and nothing else may bundle a second 27 MB copy.
 */
const runtimeFiles = ['mjs', 'wasm'].map((extension) =>
  createRequire(import.meta.url).resolve(
    `onnxruntime-web/ort-wasm-simd-threaded.asyncify.${extension}`,
  ),
);

function serveRuntime(): Plugin {
  return {
    name: 'serve-onnxruntime',
    configureServer(server) {
      server.middlewares.use('/ort', (request, response, next) => {
        const name = request.url?.slice(1).split('?')[0];
        const file = runtimeFiles.find((path) => basename(path) === name);
        if (!file) {
          next();
          return;
        }
        const type = file.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
        response.writeHead(200, { ...isolationHeaders, 'Content-Type': type });
        createReadStream(file).pipe(response);
      });
    },
    generateBundle() {
      if (this.environment.config.consumer !== 'client') return;
      for (const path of runtimeFiles) {
        this.emitFile({
          type: 'asset',
          fileName: `ort/${basename(path)}`,
          source: readFileSync(path),
        });
      }
    },
  };
}

/** The page's content security policy forbids what Vite's development server injects. */
function dropPolicyInDevelopment(): Plugin {
  return {
    name: 'drop-policy-in-development',
    apply: 'serve',
    transformIndexHtml: (html) =>
      html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
  };
}

// Without this condition the runtime's package makes Vite emit the wasm a second time.
const externalWasm = 'onnxruntime-web-use-extern-wasm';

/** Tests whose files have modules of their own. */
const filesAlone = ['test/ui/state/**/*.test.ts', 'test/bridge/**/*.test.ts'];

export default defineConfig({
  base: './',
  plugins: [
    svelte({ configFile: false }),
    serveRuntime(),
    dropPolicyInDevelopment(),
    buildServiceWorker(),
  ],
  resolve: { conditions: [externalWasm, ...defaultClientConditions] },
  // Already modules; and prebundled they would no longer find their own files.
  optimizeDeps: { exclude: ['onnxruntime-web', '@huggingface/transformers'] },
  worker: { format: 'es' },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  build: {
    // The first with top-level await, and with every browser that has wasm SIMD and module workers.
    target: 'es2022',
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: {
        // What the first page needs comes in one piece: many small ones take a round trip each.
        codeSplitting: { groups: [{ name: 'first', test: /src\/ui\/App\.svelte$/ }] },
      },
    },
  },
  test: {
    environment: 'node',
    // By default one core is left to the rest of the machine: on two cores, half of them.
    maxWorkers: '100%',
    // Ten times what the slowest takes on a machine that does nothing else.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    unstubGlobals: true,
    // A process and the loading of all modules take most files longer than their tests do, so files share
    // them, except where modules are mocked or hold state (test/contract/isolation.test.ts).
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: filesAlone,
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: filesAlone } },
    ],
  },
});
