/** Starts crew-thread.ts: tsx does not reach into threads by itself. */
import { fileURLToPath } from 'node:url';

import { register } from 'tsx/esm/api';

register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
await import('./crew-thread.ts');
