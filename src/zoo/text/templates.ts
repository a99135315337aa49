/**
 * Text from templates: `{name}` is a slot, `{Name}` the same with a capital, `(a|b|c)` one of several,
 * also inside one another.
 */
import type { Random } from '../../core/math/random.ts';

/** What the slots stand for. */
export type Slots = Readonly<Record<string, string>>;

/** One of the list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)]!;
}

/** `count` different ones of the list, in random order. */
export function pickSeveral<T>(random: Random, list: readonly T[], count: number): T[] {
  const rest = [...list];
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    return rest.splice(random.integer(rest.length), 1)[0]!;
  });
}

/** Fills in a template. Errors: RangeError for a slot that has no value. */
export function fill(random: Random, template: string, slots: Slots): string {
  let text = template;
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/\(([^()]*)\)/g, (_, choices: string) => pick(random, choices.split('|')));
  }
  return withArticles(text.replace(/\{(\w+)\}/g, (_, name: string) => slotOf(slots, name)));
}

function slotOf(slots: Slots, name: string): string {
  const value = slots[name];
  if (value !== undefined) return value;
  const small = slots[name.charAt(0).toLowerCase() + name.slice(1)];
  if (small === undefined)
    throw new RangeError(`A template asks for {${name}}, which has no value.`);
  return small.charAt(0).toUpperCase() + small.slice(1);
}

/** "a apple" becomes "an apple". */
function withArticles(text: string): string {
  return text.replace(/\b([Aa]) (?=[aeio]|u(?!ni))/g, '$1n ');
}
