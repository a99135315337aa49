/** One whole visit: home, digits, 4 bits, scrub, lab, Pareto, export, reload, link. By mouse, by keyboard alone, on a phone. */
import type { Locator, Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { bothHaveRun, expectNoSidewaysScroll, openRecipe, side } from './pages.ts';

/** How the visitor presses, chooses and walks. */
interface Hand {
  press(target: Locator): Promise<void>;
  /** One of several that exclude each other. */
  choose(target: Locator): Promise<void>;
  /** From one section of a panel to another. */
  section(from: string, to: string): Promise<void>;
}

const sectionOf = (page: Page, name: string): Locator =>
  page.getByRole('radio', { name, exact: true });

const mouseOf = (page: Page): Hand => ({
  press: (target) => target.click(),
  choose: (target) => target.check(),
  section: (_, to) => sectionOf(page, to).click(),
});

/** Nothing is reached but by Tab and arrows. */
const keyboardOf = (page: Page): Hand => ({
  async press(target) {
    await tabTo(page, target);
    await page.keyboard.press('Enter');
  },
  async choose(target) {
    const group = target.locator('xpath=ancestor::fieldset[1]').getByRole('radio');
    const checked = group.and(page.locator(':checked'));
    await tabTo(page, (await checked.count()) > 0 ? checked.first() : group.first());
    for (let step = 0; step < 40; step++) {
      if (await target.evaluate((radio) => radio === document.activeElement)) return;
      await page.keyboard.press('ArrowRight');
    }
    throw new Error('Arrow keys do not come to this choice.');
  },
  async section(from, to) {
    await tabTo(page, sectionOf(page, from));
    for (let step = 0; step < 10; step++) {
      if (await sectionOf(page, to).evaluate((one) => one === document.activeElement)) break;
      await page.keyboard.press('ArrowRight');
    }
    await page.keyboard.press('Enter');
  },
});

/** Tab, as often as it takes. Errors: where it never comes there, as in a trap. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeEnabled();
  for (let step = 0; step < 250; step++) {
    if (await target.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not come to this control.');
}

async function visit(page: Page, hand: Hand): Promise<void> {
  await page.goto('/');
  await hand.press(page.getByRole('button', { name: 'Open Digits', exact: true }));
  await bothHaveRun(page);

  // It opens with what its card showed.
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  if (await page.getByRole('button', { name: /^Recipe:/ }).isVisible()) await openRecipe(page);
  await hand.choose(page.getByRole('radio', { name: '8-bit', exact: true }));
  await expect(side(page, 'Compressed')).toContainText('8-bit weights');
  await page.keyboard.press('Escape');

  const bits = page.getByRole('slider', { name: 'Bits' });
  await tabTo(page, bits);
  await page.keyboard.press('End');
  await expect(bits).toHaveAttribute('aria-valuetext', /^1 bit/);
  await expect(page.getByText(/^(They differ|Both say)/)).toBeVisible();
  await page.keyboard.press('Home');
  for (let stop = 0; stop < 5; stop++) await page.keyboard.press('ArrowRight');
  await expect(bits).toHaveAttribute('aria-valuetext', /^4 bits/);
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');

  await openTab(page, 'Lab');
  // As few examples as there may be: the first choice.
  const size = page.getByLabel('How many examples');
  await tabTo(page, size);
  await page.keyboard.press('Home');
  await expect(size).toHaveValue('100');
  await hand.press(page.getByRole('button', { name: 'Run', exact: true }));
  await expect(page.getByRole('region', { name: 'Figures of the task' })).toContainText('n = ', {
    timeout: 90_000,
  });
  await hand.section('Quality', 'Pareto');
  const dot = (name: RegExp): Locator =>
    page.getByRole('group', { name: /^Variants by/ }).getByRole('button', { name });
  await expect(dot(/^4-bit, on the right/)).toBeVisible();
  await expect(dot(/^Original, on the left/)).toBeVisible();

  await hand.press(page.getByRole('button', { name: 'Download', exact: true }));
  const started = page.waitForEvent('download');
  await hand.press(page.getByRole('button', { name: 'As one zip file' }));
  expect((await started).suggestedFilename()).toMatch(/^digits-.*\.zip$/);
  await page.keyboard.press('Escape');

  await page.reload();
  await expect(side(page, 'Compressed')).toContainText('4-bit weights');
  await expect(page.getByRole('region', { name: 'Variants' })).toContainText('8-bit');
}

async function openTab(page: Page, name: string): Promise<void> {
  const tab = page.getByRole('tab', { name });
  await tabTo(page, page.getByRole('tab', { selected: true }));
  for (let step = 0; step < 6 && (await tab.getAttribute('aria-selected')) !== 'true'; step++) {
    await page.keyboard.press('ArrowRight');
  }
}

/** The address in the sheet for sharing. */
async function sharedLink(page: Page, hand: Hand): Promise<string> {
  await hand.press(page.getByRole('button', { name: 'Share', exact: true }));
  const field = page.getByRole('textbox', { name: 'Link', exact: true });
  await expect(field).toHaveValue(/#\//);
  return field.inputValue();
}

test.setTimeout(240_000);

test('a whole visit by mouse, whose link shows another the same bytes', async ({
  page,
  browser,
  baseURL,
}) => {
  await visit(page, mouseOf(page));
  const link = await sharedLink(page, mouseOf(page));
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  const other = await context.newPage();
  await other.goto(link);
  await expect(side(other, 'Compressed')).toContainText('4-bit weights', { timeout: 60_000 });
  await expect(
    other.getByRole('complementary', { name: 'The link that you opened' }),
  ).toContainText('same');
  await context.close();
});

test('a whole visit by keyboard alone', async ({ page }) => {
  await visit(page, keyboardOf(page));
  expect(await sharedLink(page, keyboardOf(page))).toContain('#/');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('a whole visit with a thumb', async ({ page }) => {
    await visit(page, mouseOf(page));
    await expectNoSidewaysScroll(page);
    expect(await sharedLink(page, mouseOf(page))).toContain('#/');
  });
});
