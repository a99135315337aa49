/** A step of a recipe in one line. */
import type { OptionSpecs, OptionValue } from '../../core/compress/options.ts';
import type { Recipe, Select, Step } from '../../core/compress/recipe.ts';
import { techniques } from '../../core/compress/techniques/index.ts';
import { counted, presetOf } from '../words.ts';

/** `Block quantization: 4 bits, block size 32; 12 patterns of names, 3 exceptions`. Only options that differ from the defaults. */
export function stepWords({ technique: id, options = {}, select = {} }: Step): string {
  const { label, options: specs }: { label: string; options: OptionSpecs } = techniques[id];
  const chosen = Object.entries<OptionValue>(options as Readonly<Record<string, OptionValue>>);
  const what = chosen.map(([name, value]) => optionWords(specs, name, value)).join(', ');
  return [what ? `${label}: ${what}` : label, ...whereWords(select)].join('; ');
}

function whereWords({ roles = [], include = [], exclude = [], overrides = [] }: Select): string[] {
  return [
    ...roles.map((role) => role.replaceAll('-', ' ')),
    include.length > 0 ? `only ${namesWords(include)}` : '',
    exclude.length > 0 ? `without ${namesWords(exclude)}` : '',
    overrides.length > 0 ? counted(overrides.length, 'exception') : '',
  ].filter(Boolean);
}

/** What sets a step apart, without its technique: `4 bits, block size 32; 3 exceptions`. The first option is always said. */
export function stepDetail({ technique: id, options = {}, select = {} }: Step): string {
  const { options: specs }: { options: OptionSpecs } = techniques[id];
  const [first] = Object.entries(specs);
  const given = options as Readonly<Record<string, OptionValue>>;
  const named = first ? { [first[0]]: first[1].default, ...given } : given;
  const what = Object.entries(named).map(([name, value]) => optionWords(specs, name, value));
  return [what.join(', '), ...whereWords(select)].filter(Boolean).join('; ');
}

function optionWords(specs: OptionSpecs, name: string, value: OptionValue): string {
  const spec = specs[name];
  if (!spec) return `${name} ${value}`;
  const label = spec.label.toLowerCase();
  if (spec.type === 'toggle') return value === true ? label : `not ${label}`;
  if (spec.type === 'number') return `${label} ${value}`;
  const choice = spec.choices.find((one) => one.value === value)?.label ?? String(value);
  // "4 bits" says what "bits" would say again.
  return choice.includes(label) ? choice : `${label} ${choice}`;
}

/** Names themselves where they are few. */
const namesWords = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : counted(names.length, 'name');

/** A recipe in one line: its steps' words; '' for a preset, whose name says it, and for no steps. */
export const recipeWords = (recipe: Recipe): string =>
  presetOf(recipe) ? '' : recipe.steps.map(stepWords).join(' → ');
