/** Looking closely: the graph, large and small, before and after, and what two models differ in. */
import type { Page } from '@playwright/test';

import { manyNodes } from '../core/inspect/large-graphs.ts';
import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick } from './pages.ts';
import { fileOf, twoLayers } from './small-models.ts';

const patience = { timeout: 30_000 };

async function inspect(page: Page, section: string): Promise<void> {
  await page.getByRole('tab', { name: 'Inspect' }).click();
  await page.getByRole('radio', { name: section, exact: true }).click();
}

test('a graph of 5,000 nodes is unfolded, moved, searched, walked and read as a list', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('many.onnx', manyNodes(5000)));
  await changeInSize(page);
  await inspect(page, 'Graph');
  const graph = page.getByRole('application', { name: /^Graph of/ });
  await expect(graph).toHaveCount(2, patience);
  await page.getByRole('button', { name: 'Unfold all' }).click();
  await expect(page.getByText('Placing')).toBeHidden(patience);

  const left = graph.first();
  await left.scrollIntoViewIfNeeded();
  // How long the main thread is held is measured by the bench, on a machine that does nothing else.
  const box = (await left.boundingBox())!;
  await page.mouse.move(box.x + 200, box.y + 200);
  await page.mouse.down();
  for (let step = 0; step < 20; step++) await page.mouse.move(box.x + 200, box.y + 200 - 8 * step);
  await page.mouse.up();
  for (let step = 0; step < 6; step++) await page.getByRole('button', { name: 'Zoom out' }).click();

  await page.getByRole('searchbox', { name: 'Find nodes' }).fill('layers.300/attn/softmax');
  await page.keyboard.press('Enter');
  await expect(page.getByText('1 of 1', { exact: true })).toBeVisible();
  const details = page.getByRole('complementary', { name: 'The chosen box' });
  await expect(details).toContainText('/layers.300/attn/Softmax', patience);
  await left.focus();
  await page.keyboard.press('ArrowUp');
  await expect(details).toContainText('/layers.300/attn/Add', patience);
  await page.keyboard.press('Enter');
  await expect(details).toBeFocused();

  await page.getByRole('button', { name: 'List' }).click();
  const tree = page.getByRole('tree', { name: 'Nodes of the graph' });
  await expect(tree.getByRole('treeitem', { selected: true })).toContainText('Add');
  // Only what is in sight is there.
  expect(await tree.getByRole('treeitem').count()).toBeLessThan(60);
  await tree.focus();
  await page.keyboard.press('ArrowDown');
  await expect(details).toContainText('/layers.300/attn/Softmax', patience);
});

test('before and after stand over one another; their difference is told, of a file too', async ({
  page,
}) => {
  await page.goto('/');
  await pick(page, await fileOf('two-layers.onnx', twoLayers(256)));
  await changeInSize(page);
  await inspect(page, 'Graph');
  await expect(page.getByText(/2 nodes changed/)).toBeVisible(patience);
  await expectAccessible(page);

  await inspect(page, 'Difference');
  const tensors = page.getByRole('region', { name: 'Tensors that differ' });
  await expect(tensors.getByRole('row', { name: /^first.weight/ })).toContainText(
    'stored otherwise',
    patience,
  );
  await expect(page.getByRole('row', { name: /^DequantizeLinear/ })).toContainText('+2');
  await page
    .getByTestId('compare-files')
    .setInputFiles([await fileOf('other.onnx', twoLayers(64))]);
  await expect(tensors.getByRole('columnheader', { name: 'other' })).toBeVisible(patience);
  // 16 × 256 numbers of four bytes against 16 × 64.
  await expect(tensors.getByRole('row', { name: /^first.weight/ })).toContainText('−12.3 kB');
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});
