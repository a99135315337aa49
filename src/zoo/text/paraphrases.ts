/** Seeded triplets of sentences: one, another that means the same, and one that looks alike but does not. */
import type { Random } from '../../core/math/random.ts';
import { entities, type Names, type Slot } from './meanings/entities.ts';
import { meanings } from './meanings/table.ts';
import { fill, pick } from './templates.ts';

export interface Triplet {
  readonly anchor: string;
  readonly positive: string;
  readonly negative: string;
}

type Chosen = Readonly<Record<string, Names>>;

const slots = Object.keys(entities) as Slot[];

/** A triplet: both sentences of the pair tell the same of the same things, often in other words. */
export function drawTriplet(random: Random): Triplet {
  const { ways, unlike } = pick(random, meanings);
  const things: Chosen = Object.fromEntries(
    slots.map((slot) => [slot, pick<Names>(random, entities[slot])]),
  );
  const way = pick(random, ways);
  const anchor = say(random, way, things);
  let positive = anchor;
  while (positive === anchor) positive = say(random, pick(random, ways), things);
  const other = random.integer(2) === 0 ? withAnother(random, way, things) : undefined;
  const negative = other ? say(random, way, other) : say(random, pick(random, unlike), things);
  return { anchor, positive, negative };
}

/** A template with names for the things in it, as a sentence or as a phrase. */
function say(random: Random, template: string, things: Chosen): string {
  const names = Object.fromEntries(
    Object.entries(things).map(([slot, all]) => [slot, pick(random, all)]),
  );
  const text = fill(random, template, names);
  if (random.integer(2) === 0) return text;
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith('?') ? '' : '.');
}

/** The same things but one that the template speaks of; undefined where it speaks of none. */
function withAnother(random: Random, template: string, things: Chosen): Chosen | undefined {
  const used = slots.filter((slot) => template.includes(`{${slot}}`));
  if (used.length === 0) return undefined;
  const slot = pick(random, used);
  const others = entities[slot].filter((names) => names !== things[slot]);
  return { ...things, [slot]: pick<Names>(random, others) };
}
