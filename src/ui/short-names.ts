/** Steps in a word or two, so that variants can be told apart by them: `4-bit`, `pruned 50 %`, `healed`. */
import type { OptionSpecs, OptionValue } from '../core/compress/options.ts';
import type { Step } from '../core/compress/recipe.ts';
import { techniques, type TechniqueId } from '../core/compress/techniques/index.ts';

type Values = (option: string) => OptionValue | undefined;

const share = (value: OptionValue | undefined): string =>
  `${Math.round(1000 * Number(value)) / 10} %`;

const bits = (of: Values): string => {
  const width = of('bits') === 1.58 ? 'ternary' : `${of('bits')}-bit`;
  // 32 is the usual one.
  return of('blockSize') === 32 ? width : `${width}, ${blocks(of('blockSize'))}`;
};

const blocks = (size: OptionValue | undefined): string =>
  size === 0 ? 'whole channels' : `blocks of ${size}`;

const rank = (of: Values): string => {
  if (of('rank') === 'fixed') return `rank ${of('fixed')}`;
  return of('rank') === 'energy'
    ? `low rank, ${share(of('energy'))} energy`
    : `low rank ${share(of('ratio'))}`;
};

const names: Readonly<Record<TechniqueId, (of: Values) => string>> = {
  'quantize-block': bits,
  'quantize-gptq': (of) => `GPTQ ${bits(of)}`,
  'quantize-dynamic': () => 'dynamic int8',
  'quantize-rate': (of) => `coded ${of('bits')}-bit`,
  'quantize-static': () => 'static int8',
  'mixed-precision': () => 'mixed bits',
  target: () => 'made to fit',
  'cast-float16': () => 'float16',
  'fold-batchnorm': () => 'folded',
  equalize: () => 'equalized',
  smooth: () => 'smoothed',
  awq: () => 'AWQ',
  rotate: () => 'rotated',
  'correct-bias': () => 'biases corrected',
  repair: () => 'repaired',
  dequantize: () => 'dequantized',
  'prune-magnitude': (of) => `pruned ${share(of('sparsity'))}`,
  'factorize-svd': rank,
  distill: () => 'distilled',
  heal: () => 'healed',
};

/** A step by its technique and the one option that matters most; and whether it takes only some weights, or not all alike. */
export function shortName({ technique: id, options = {}, select = {} }: Step): string {
  const specs: OptionSpecs = techniques[id].options;
  const given = options as Readonly<Record<string, OptionValue | undefined>>;
  const name = names[id]((option) => given[option] ?? specs[option]?.default);
  const { roles, include, exclude, overrides = [] } = select;
  const isPart = roles !== undefined || include !== undefined || exclude !== undefined;
  return `${name}${isPart ? ' (part)' : ''}${overrides.length > 0 ? ' (mixed)' : ''}`;
}
