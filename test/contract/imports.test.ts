/** The direction of imports: ui → bridge → workers → {run, tasks, zoo} → core; ui → store; node → {run, tasks, zoo, store} → core. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { importsBelow, importsIn, type SourceImport } from './source-imports.ts';

interface Rule {
  /** Parts whose code this part may load, besides its own. */
  readonly loads: readonly string[];
  /** Parts whose types it may name besides. */
  readonly types?: readonly string[];
  /** Parts that it may start by their address (`new URL('…', import.meta.url)`). */
  readonly starts?: readonly string[];
  /** Packages that it may use; a name ending in `/` or `:` allows what begins with it. */
  readonly packages: readonly string[];
}

const rules: Readonly<Record<string, Rule>> = {
  core: { loads: [], packages: ['fflate', 'hash-wasm'] },
  tasks: { loads: ['core'], packages: ['@huggingface/transformers', 'fflate'] },
  zoo: { loads: ['core'], packages: ['fflate'] },
  run: { loads: ['core'], packages: ['onnxruntime-web/webgpu'] },
  store: { loads: ['core'], packages: ['idb-keyval', 'hash-wasm', 'fflate'] },
  workers: {
    loads: ['run', 'tasks', 'zoo', 'core'],
    packages: ['comlink', 'hash-wasm', 'fflate', 'workbox-precaching/', 'workbox-strategies/'],
  },
  bridge: {
    loads: ['core'],
    types: ['workers', 'tasks'],
    starts: ['workers'],
    packages: ['comlink'],
  },
  lessons: { loads: ['core'], packages: [] },
  ui: {
    // Of `tasks` what a view draws with: which view suits a model, samples into feeds, outputs into answers.
    loads: ['bridge', 'store', 'tasks', 'core', 'lessons'],
    types: ['workers', 'zoo'],
    packages: [
      'svelte',
      'svelte/',
      'bits-ui',
      'layerchart',
      'layerchart/',
      '@lucide/svelte',
      '@lucide/svelte/',
      'fflate',
    ],
  },
  node: {
    // Of `run` what both builds of onnxruntime share: checks, conversions, error messages. Of `store`
    // the way to the Hub; what keeps in IndexedDB stays out, as a test of its own says.
    loads: ['run', 'tasks', 'zoo', 'store', 'core'],
    packages: [
      'node:',
      'onnxruntime-node',
      'onnxruntime-common',
      'tsx/',
      'fflate',
      'hash-wasm',
      '@huggingface/transformers',
    ],
  },
};

/** `src/core/onnx/read.ts` → core, `workers/run.worker.ts` → workers; src/main.ts is the page's entry, so ui. */
function partOf(path: string): string {
  const [top = '', folder = ''] = path.split('/');
  if (top !== 'src') return top;
  return folder.includes('.') ? 'ui' : folder;
}

/** Why an import is against the rules, or undefined. */
function objection({ from, line, specifier, to, typeOnly, address }: SourceImport) {
  const part = partOf(from);
  const rule = rules[part];
  const place = `${from}:${line} imports "${specifier}"`;
  if (!rule) return `${place}, but "${part}" is no part of the design. Add it to the rules.`;
  if (to === undefined) {
    const allowed = rule.packages.some((name) =>
      /[/:]$/.test(name) ? specifier.startsWith(name) : specifier === name,
    );
    return allowed ? undefined : `${place}; ${part} may use ${list(rule.packages)}.`;
  }
  const target = partOf(to);
  if (target === part || (address && !isCode(to))) return undefined;
  const { loads, types = [], starts = [] } = rule;
  if (loads.includes(target)) return undefined;
  if (typeOnly && types.includes(target)) return undefined;
  if (address && starts.includes(target)) return undefined;
  return `${place}; ${part} may load ${list(loads)}, and name types of ${list([...loads, ...types])}.`;
}

function isCode(path: string): boolean {
  return /\.(ts|mjs|js|svelte)$/.test(path);
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'nothing';
}

const folders = ['src', 'workers'].filter((folder) =>
  existsSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url))),
);
// AssemblyScript's own compiler resolves imports among its files, and wants them without extension.
const imports = folders
  .flatMap(importsBelow)
  .filter(({ from }) => !from.startsWith('src/core/kernels/assembly/'));

describe('imports', () => {
  test('follow the direction of the design', () => {
    expect(imports.map(objection).filter((text) => text !== undefined)).toEqual([]);
  });

  test('load nothing under Node that keeps in IndexedDB', () => {
    const reached = new Set(['src/node/cli.ts', 'src/node/api.ts']);
    // A set that grows while it is walked is walked to its end.
    for (const file of reached) {
      for (const { from, to, typeOnly, address } of imports) {
        if (from === file && to !== undefined && !typeOnly && !address) reached.add(to);
      }
    }
    expect([...reached]).toContain('src/store/downloads/transfer.ts');
    const keepers = imports.filter(({ specifier }) => specifier === 'idb-keyval');
    expect(keepers.map(({ from }) => from)).not.toEqual([]);
    expect(keepers.filter(({ from }) => reached.has(from))).toEqual([]);
  });

  test('name files with their extension, so that Node and Vite both find them', () => {
    const bare = imports
      .filter(({ to, address }) => to !== undefined && !address)
      .filter(({ to }) => !/\.(ts|mjs|js|svelte|css|json|md|svg|wasm)$/.test(to ?? ''));
    expect(bare.map(({ from, line, specifier }) => `${from}:${line} "${specifier}"`)).toEqual([]);
  });
});

describe('the reader of imports', () => {
  const read = (path: string, text: string) => importsIn(path, text)[0];

  test.each([
    ["import { a } from '../core/a.ts';", false],
    ["import { type A, b } from '../core/a.ts';", false],
    ["import type { A } from '../core/a.ts';", true],
    ["import { type A } from '../core/a.ts';", true],
    ["export type { A } from '../core/a.ts';", true],
    ["export * from '../core/a.ts';", false],
    ["type A = import('../core/a.ts').A;", true],
    ["const a = await import('../core/a.ts');", false],
  ])('%s', (text, typeOnly) => {
    expect(read('src/ui/x.ts', text)).toMatchObject({ to: 'src/core/a.ts', typeOnly });
  });

  test('sees a worker that is started by its address', () => {
    const text = "new Worker(new URL('../../workers/run.worker.ts', import.meta.url));";
    const expected = { to: 'workers/run.worker.ts', address: true };
    expect(read('src/bridge/x.ts', text)).toMatchObject(expected);
  });

  test('keeps the lines of a component', () => {
    const text =
      '<h1>import</h1>\n<script lang="ts">\n  import A from \'./A.svelte\';\n</script>\n';
    expect(read('src/ui/B.svelte', text)).toMatchObject({ line: 3, to: 'src/ui/A.svelte' });
  });

  test.each([
    ['src/core/x.ts', "import { get } from 'idb-keyval';", 'may use fflate'],
    ['src/core/x.ts', "import { run } from '../run/run.ts';", 'core may load nothing'],
    ['src/ui/x.ts', "import { run } from '../run/run.ts';", 'ui may load bridge'],
    [
      'src/bridge/x.ts',
      "import { api } from '../../workers/run.worker.ts';",
      'bridge may load core',
    ],
    ['src/helpers/x.ts', "import { a } from '../core/a.ts';", 'no part of the design'],
  ])('objects: %s %s', (path, text, reason) => {
    const found = read(path, text);
    expect(found && objection(found)).toContain(reason);
  });
});
