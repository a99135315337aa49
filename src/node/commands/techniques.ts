import { needsOfStep } from '../../core/compress/needs.ts';
import {
  techniqueIds,
  techniques,
  type AnyTechnique,
} from '../../core/compress/techniques/index.ts';
import type { OptionSpec } from '../../core/compress/options.ts';
import { presets, type Preset } from '../../core/compress/presets.ts';
import { positionals } from '../arguments.ts';
import { table, wrap } from '../table.ts';
import type { Command } from './command.ts';

/** Lists what a recipe can be made of. */
export const listTechniques: Command = {
  summary: 'List the techniques with their options, and the recipes that have a name.',
  takes: [],
  flags: {},
  run(given) {
    positionals(given.positionals, []);
    const json = techniqueIds.map((id) => {
      const technique: AnyTechnique = techniques[id];
      const { family, label, summary, options } = technique;
      const needs = needsOfStep({ technique: id });
      return { id, family, label, summary, needs, options };
    });
    const text = json.map(({ id, family, label, summary, options }) => {
      const rows = Object.entries<OptionSpec>(options).map(([name, spec]) => [
        `  ${name}`,
        valuesOf(spec),
        `default ${spec.default}`,
        spec.label,
      ]);
      return `${id}: ${label} (${family})\n${wrap(summary, 88, '  ')}\n\n${table(rows)}`;
    });
    const named = Object.entries<Preset>(presets).map(([id, { summary }]) => [`  ${id}`, summary]);
    return Promise.resolve({ json, text: [...text, `Recipes\n${table(named)}`].join('\n\n') });
  },
};

function valuesOf(spec: OptionSpec): string {
  if (spec.type === 'toggle') return 'true, false';
  if (spec.type === 'choice') return spec.choices.map(({ value }) => value).join(', ');
  return `${spec.min}–${spec.max}${spec.zero === undefined ? '' : ', 0'}`;
}
