#!/usr/bin/env node
/** Starts the training of an embedded model, which is TypeScript, on any Node from 20.19. */
import { fileURLToPath } from 'node:url';

import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
const { main } = await import('./train/main.ts');
process.exitCode = await main(process.argv.slice(2));
