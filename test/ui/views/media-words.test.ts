import { expect, test } from 'vitest';

import { mediaProblem, noMedia } from '../../../src/ui/views/media-words.ts';

const named = (name: string): Error => Object.assign(new Error('x'), { name });

test.each([
  ['NotAllowedError', 'does not allow the camera here. Allow it'],
  ['NotFoundError', 'No camera was found. Connect one'],
  ['NotReadableError', 'The camera did not start. Close other programs'],
  ['TypeError', 'The camera did not start: x. Choose a file'],
])('%s is explained, with what to do', (name, words) => {
  expect(mediaProblem(named(name), 'camera')).toContain(words);
});

test('a browser that has none says where it would', () => {
  expect(noMedia('microphone')).toContain('a microphone; it does so over https');
});
