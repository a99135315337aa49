import { createHash } from 'node:crypto';

import { expect, test, vi } from 'vitest';

import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import type { Link } from '../../../src/ui/link/link.ts';
import { LinkFollow } from '../../../src/ui/state/link-follow.svelte.ts';
import { Variants } from '../../../src/ui/state/variants.svelte.ts';
import type { Workspace } from '../../../src/ui/state/workspace.svelte.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const none = new Map<string, Blob>();
const healed = parseRecipe({ version: 1, steps: [{ technique: 'heal' }] });

/** A link whose right side trains, and came out as `made` at the sender's. */
const link = (made: string): Link => ({
  version: 1,
  model: { name: 'm', sha256: hashOf('model'), bytes: 5, source: { kind: 'files' } },
  right: { recipe: healed, name: 'theirs', sha256: hashOf(made) },
});

/** As much of a workspace as a link asks of; what its recipe makes are the bytes `made`. */
function workspaceWith(made: string) {
  const variants = new Variants(5);
  const replace = vi.fn();
  const workspace = {
    file: { name: 'm', onnx: new Blob(['model']), external: none, extras: none },
    variants,
    recipe: { replace },
    edit: vi.fn(),
    show: vi.fn(),
    filesOf: () => Promise.resolve({ onnx: new Blob([made]), external: none }),
  } as unknown as Workspace;
  return { workspace, variants, replace };
}

const madeOf = (variants: Variants, recipe = healed): unknown =>
  variants.add({ recipe, samples: '', bytes: 3, parent: 'original' });

test.each([
  ['sent', true, 'theirs: the bytes are the same as the sender’s.'],
  ['else', false, /^theirs: the bytes differ from the sender’s\. Training/],
])('what trains waits, and is compared once the visitor made it: %s', async (made, same, words) => {
  const follow = new LinkFollow(link('sent'), () => undefined);
  const { workspace, variants, replace } = workspaceWith(made);
  expect(await follow.follow(workspace)).toBe(true);
  expect(replace).toHaveBeenCalledWith(healed);
  expect(follow.matches[0]?.same).toBe(true);
  expect(follow.matches[1]?.same).toBeUndefined();
  expect(follow.matches[1]?.words).toContain('theirs trains or searches');

  // Another recipe is none of the link's.
  const other = parseRecipe({ version: 1, steps: [{ technique: 'quantize-block' }] });
  madeOf(variants, other);
  follow.heed();
  expect(follow.matches[1]?.same).toBeUndefined();

  madeOf(variants);
  follow.heed();
  await vi.waitFor(() => expect(follow.matches[1]?.same).toBe(same));
  expect(follow.matches).toHaveLength(2);
  expect(follow.matches[1]?.words).toEqual(
    typeof words === 'string' ? words : expect.stringMatching(words),
  );
  expect(variants.find(healed)?.name).toBe('theirs');
  follow.stop();
});

test('a link that was put away waits for nothing', async () => {
  const follow = new LinkFollow(link('sent'), () => undefined);
  const { workspace, variants } = workspaceWith('sent');
  await follow.follow(workspace);
  follow.stop();
  madeOf(variants);
  follow.heed();
  expect(follow.matches[1]?.same).toBeUndefined();
});
