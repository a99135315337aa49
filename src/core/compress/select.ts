/** Which weights a step works on, and with which options. */
import type { Role, Weight } from '../onnx/weights.ts';
import type { OptionValue } from './options.ts';
import type { Select } from './recipe.ts';

const labels: Readonly<Record<Role, true>> = {
  embedding: true,
  'attention-q': true,
  'attention-k': true,
  'attention-v': true,
  'attention-qkv': true,
  'attention-o': true,
  'mlp-gate': true,
  'mlp-up': true,
  'mlp-down': true,
  head: true,
  conv: true,
  'depthwise-conv': true,
  recurrent: true,
  linear: true,
};

/** Every role that a weight can have. */
export const roles = Object.keys(labels) as readonly Role[];

export const isRole = (text: string): text is Role => Object.hasOwn(labels, text);

/** Weights that a step treats alike. */
export interface Group {
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly weights: readonly Weight[];
}

/** Whether the selection takes a weight. */
export function selects(select: Select, { key, role }: Pick<Weight, 'key' | 'role'>): boolean {
  const { roles: wanted, include, exclude } = select;
  const matched = (pattern: string) => matchesGlob(pattern, key);
  return (
    (wanted?.includes(role) ?? true) &&
    (include?.some(matched) ?? true) &&
    !(exclude?.some(matched) ?? false)
  );
}

/** The selected weights in groups of equal options, in the order of each group's first weight. */
export function groupsOf(
  weights: readonly Weight[],
  select: Select,
  options: Readonly<Record<string, OptionValue>>,
): Group[] {
  const groups = new Map<string, { options: Group['options']; weights: Weight[] }>();
  for (const weight of weights) {
    if (!selects(select, weight)) continue;
    const own = optionsFor(weight, select, options);
    const key = JSON.stringify(own);
    const group = groups.get(key);
    if (group) group.weights.push(weight);
    else groups.set(key, { options: own, weights: [weight] });
  }
  return [...groups.values()];
}

function optionsFor(
  { key }: Weight,
  { overrides = [] }: Select,
  options: Group['options'],
): Group['options'] {
  const matching = overrides.filter(({ match }) => matchesGlob(match, key));
  return matching.reduce((all, override) => ({ ...all, ...override.options }), options);
}

/**
 * Whether a text matches a pattern: `*` stands for any text, slashes and nothing included, `?` for one
 * character. Takes at most |pattern| · |text| steps, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length;) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      // Let the last star take one character more, and try again from there.
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
