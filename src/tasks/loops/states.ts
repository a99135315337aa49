/** Which outputs of a model are inputs of its next run, and what those are before the first. */
import { RuntimeError } from '../../core/errors.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Feeds } from '../../core/runtime.ts';
import type { LoopSession } from './loop.ts';
import { zeros } from './values.ts';

type State = LoopSession['states'][number];

/** How exporters name what attention keeps: `present.0.key` of one run is `past_key_values.0.key` of the next. */
const pastNames = (output: string): readonly string[] =>
  /^present/.test(output)
    ? ['past_key_values', 'past'].map((past) => output.replace(/^present(_key_values)?/, past))
    : [];

/** Names that recurrent networks give to what goes round; any other pair may be an image and its like. */
const recurrent = /state|hidden|cell|memory|cache|^[hc]_?\d*(_in)?$/i;

/** What the state that goes in as `input` may be called when it comes out. */
const nextNames = (input: string): readonly string[] =>
  recurrent.test(input)
    ? [`${input}N`, `${input}n`, `new_${input}`, `next_${input}`, `${input}_out`].concat(
        input.endsWith('_in') ? [input.replace(/_in$/, '_out')] : [],
        /\d$/.test(input) ? [input.replace(/\d+$/, 'n')] : [],
      )
    : [];

/** Pairs the outputs and inputs that are one state, by name, where type and declared shape agree. */
export function statesOf(
  inputs: readonly Signature[],
  outputs: readonly Signature[],
): readonly State[] {
  const states: State[] = [];
  for (const input of inputs) {
    const output = outputs.find(
      (candidate) =>
        isNext(input.name, candidate.name) &&
        sameKind(input, candidate) &&
        !states.some((state) => state.output === candidate.name),
    );
    if (output) states.push({ input: input.name, output: output.name });
  }
  return states;
}

const isNext = (input: string, output: string): boolean =>
  pastNames(output).includes(input) || nextNames(input).includes(output);

/** Same type and rank, and no dim that is fixed to different sizes. */
function sameKind(input: Signature, output: Signature): boolean {
  if (!input.dtype || input.dtype !== output.dtype || !input.dims || !output.dims) return false;
  const { dims } = output;
  return (
    input.dims.length === dims.length &&
    input.dims.every((dim, axis) => {
      const other = dims[axis];
      return typeof dim !== 'number' || typeof other !== 'number' || dim === other;
    })
  );
}

/** Whether a state is a cache of attention, which grows with the text. */
export const isCache = ({ input }: State): boolean => /^past/.test(input);

/**
 * What states are before the first run: caches hold no token yet (past length 0, batch 1), others
 * are zeros. Errors: RuntimeError naming a dim whose size the model does not tell.
 */
export function emptyStates({ inputs, states }: Pick<LoopSession, 'inputs' | 'states'>): Feeds {
  const feeds = states.map((state) => {
    const input = inputs.find(({ name }) => name === state.input);
    if (!input?.dtype || !input.dims) {
      throw new RuntimeError(`The state "${state.input}" is no input with a declared shape.`);
    }
    const { dims } = input;
    const sizes = dims.map((dim, axis) => emptySize(input.name, dim, axis, dims.length));
    return [state.input, zeros(input.dtype, sizes)] as const;
  });
  return Object.fromEntries(feeds);
}

function emptySize(name: string, dim: number | string, axis: number, rank: number): number {
  if (typeof dim === 'number') return dim;
  const cache = isCache({ input: name, output: '' });
  if (cache && (/past|seq|len/i.test(dim) || (rank === 4 && axis === 2))) return 0;
  if (axis === 0 || /batch/i.test(dim)) return 1;
  throw new RuntimeError(
    `The model does not tell the size of "${dim}" in its state "${name}", so it can't be begun. Export it with that size fixed.`,
  );
}
