/** Parts of the page that a key leads to, wherever they stand. */
import { tick } from 'svelte';

export type PlaceId = 'recipe' | 'task' | 'history' | 'panels' | 'share' | 'download';

const places = new Map<PlaceId, HTMLElement>();

/** An attachment that makes an element a place, as long as it stands. */
export const place = (id: PlaceId) => (element: HTMLElement) => {
  places.set(id, element);
  return () => {
    if (places.get(id) === element) places.delete(id);
  };
};

const reachable =
  ':is(button, a[href], input, select, textarea, canvas, [tabindex="0"]):not(:disabled)';

/** Focuses what is chosen in a place, else the first thing there that can be operated. */
export async function goTo(id: PlaceId): Promise<void> {
  await tick();
  const found = places.get(id);
  const chosen = found?.querySelector<HTMLElement>(
    ':is([aria-selected="true"], [aria-current="true"], :checked)',
  );
  const target = chosen ?? found?.querySelector<HTMLElement>(reachable) ?? found;
  target?.scrollIntoView({ block: 'nearest' });
  target?.focus({ preventScroll: true });
}

/** Presses the button of a place; false where there is none that can be pressed. */
export function pressAt(id: PlaceId): boolean {
  const button = places.get(id)?.querySelector<HTMLButtonElement>('button:not(:disabled)');
  button?.click();
  return button !== null && button !== undefined;
}
