#!/usr/bin/env node
/** Starts the command line, which is TypeScript, on any Node from 20.19. */
import { fileURLToPath } from 'node:url';

import { register } from 'tsx/esm/api';

// Scrunch's own configuration: the one in the folder where it is called says nothing about it.
register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
const { main } = await import('./cli.ts');
process.exitCode = await main(process.argv.slice(2));
