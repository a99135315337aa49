#!/usr/bin/env node
/** Records what the embedded models say, for the page's first screen; TypeScript on any Node from 20.19. */
import { fileURLToPath } from 'node:url';

import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
const { main } = await import('./train/glimpse.ts');
await main();
