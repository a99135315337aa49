/** The library: `import { open, compress, compare, save } from 'scrunch'`. Its TypeScript is loaded for it alone. */
import { fileURLToPath } from 'node:url';

import { tsImport } from 'tsx/esm/api';

/** @type {typeof import('./api.ts')} */
const api = await tsImport('./api.ts', {
  parentURL: import.meta.url,
  tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
});

export const {
  compare,
  compress,
  dataFiles,
  evaluate,
  exportModel,
  fetchInto,
  hashFile,
  inspect,
  lookAt,
  open,
  openTask,
  openTraining,
  planFor,
  presets,
  runTask,
  save,
  sizeOf,
  techniques,
} = api;
