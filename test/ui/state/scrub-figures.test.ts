import { expect, test } from 'vitest';

import { figuresOfStops } from '../../../src/ui/state/scrub-figures.ts';
import { scalesOf } from '../../../src/ui/state/scrub-stops.ts';
import { originalId } from '../../../src/ui/state/variant.ts';
import { Variants } from '../../../src/ui/state/variants.svelte.ts';

test('what the lab has measured of a stop stands at that stop alone', () => {
  const { bits } = scalesOf([{ dtype: 'float32', dims: [4], quantized: false }]);
  const four = bits.stops.find(({ tick }) => tick === '4')!;
  const variants = new Variants(100);
  expect(figuresOfStops(bits, variants, 'digits')).toBeUndefined();

  const { id } = variants.add({ recipe: four.recipe, samples: '', bytes: 20, parent: originalId });
  variants.note(id, { 'judged:accuracy': { value: 0.5, on: '10 digits' } });
  expect(figuresOfStops(bits, variants, 'digits')).toBeUndefined();

  variants.note(id, { 'between:agreement': { value: 0.93, on: '500 digits' } });
  const known = figuresOfStops(bits, variants, 'digits');
  expect(known?.axis).toMatchObject({ key: 'between:agreement', unit: 'share' });
  expect(bits.stops.map((stop) => known?.of(stop))).toEqual(
    bits.stops.map((stop) =>
      stop === four ? 0.93 : stop.recipe.steps.length === 0 ? 1 : undefined,
    ),
  );
  expect(figuresOfStops(bits, variants, undefined)).toBeUndefined();
});
