/**
 * Where the tests find the material that is not part of the repository: models, data sets and golden
 * vectors in `../shared`. Tests that need it skip, with `skipReason` in their name, where it is absent.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = [resolve(root, '../shared'), resolve(root, 'shared')].find((path) =>
  existsSync(resolve(path, 'MANIFEST.md')),
);

/** Whether the shared material lies beside the project or inside it. */
export const hasShared = folder !== undefined;

/** Why a test that needs the shared material was skipped; put it into the test's name. */
export const skipReason = 'needs ../shared, which is absent here';

/** The absolute path of a file of the shared material, e.g. `sharedPath('models/mnist-8.onnx')`. */
export function sharedPath(relative: string): string {
  return resolve(folder ?? resolve(root, '../shared'), relative);
}
