/**
 * Language models of a few hundred weights in the forms that exporters write them, and the same
 * computed plainly: after tokens x₁ … xₜ at positions p the logits are 4 · tanh(Σ E[x] + P[p]) · W,
 * with the source's Σ E[x] added where there is an encoder.
 */
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor, ValueInfo } from '../../../src/core/onnx/types.ts';
import { waves } from '../../node/small-models.ts';

export const vocabulary = 11;
const width = 6;
const positions = 64;
const embedding = waves(vocabulary * width);
const places = waves(positions * width).map((x) => x / 2);
const head = waves(width * vocabulary).map((x) => 4 * x);

export interface Form {
  readonly cache?: 'float32' | 'float16';
  readonly logits?: 'float32' | 'float16';
  readonly ids?: 'int64' | 'int32';
  readonly length?: number;
  readonly encoder?: boolean;
  /** Name of the output with the logits. */
  readonly output?: string;
  readonly inputs?: readonly (
    | 'attention_mask'
    | 'encoder_attention_mask'
    | 'token_type_ids'
    | 'use_cache_branch'
    | 'num_logits_to_keep'
  )[];
}

/** The model in a form. Wrong feeds of the inputs that it asks for change what it gives. */
export function smallLanguageModel(form: Form = {}): Model {
  const { cache, ids = 'int64', logits = 'float32', length = 'sequence', output = 'logits' } = form;
  const has = (name: NonNullable<Form['inputs']>[number]) => form.inputs?.includes(name) ?? false;
  const text = form.encoder ? 'decoder_input_ids' : 'input_ids';
  const nodes: Node[] = [];
  const inputs: ValueInfo[] = [value(text, ids, [1, length])];
  const outputs: ValueInfo[] = [value(output, logits, [1, 'rows', vocabulary])];
  const initializers: Tensor[] = [
    makeTensor('E', 'float32', [vocabulary, width], embedding),
    makeTensor('P', 'float32', [positions, width], places),
    makeTensor('W', 'float32', [width, vocabulary], head),
  ];
  const whole = (name: string, numbers: readonly number[], dims = [numbers.length]): string => {
    initializers.push(makeTensor(name, 'int64', dims, BigInt64Array.from(numbers, BigInt)));
    return name;
  };
  let made = 0;
  const push = (opType: string, from: readonly string[], attributes = {}, to?: string): string => {
    const name = to ?? `v${++made}`;
    nodes.push(node(opType, from, [name], { name, attributes }));
    return name;
  };

  // Tokens and their places, as what is kept of each: [1, 1, n, width].
  inputs.push(value('position_ids', ids, [1, length]));
  let kept = push('Add', [push('Gather', ['E', text]), push('Gather', ['P', 'position_ids'])]);
  if (has('token_type_ids')) {
    inputs.push(value('token_type_ids', ids, [1, length]));
    initializers.push(makeTensor('T', 'float32', [2, 1], Float32Array.of(0, 100)));
    kept = push('Add', [kept, push('Gather', ['T', 'token_type_ids'])]);
  }
  kept = push('Unsqueeze', [kept, whole('one', [1])]);
  if (cache) {
    inputs.push(value('past_key_values.0.key', cache, ['batch', 1, 'past_length', width]));
    outputs.push(value('present.0.key', cache, ['batch', 1, 'total_length', width]));
    const to = cache === 'float16' ? 10 : 1;
    const all = ['past_key_values.0.key', push('Cast', [kept], { to })];
    kept = push('Cast', [push('Concat', all, { axis: 2 }, 'present.0.key')], { to: 1 });
  }
  if (has('attention_mask')) {
    inputs.push(value('attention_mask', ids, [1, 'total']));
    const mask = push('Unsqueeze', ['attention_mask', whole('mask axes', [1, 3])]);
    kept = push('Mul', [kept, push('Cast', [mask], { to: 1 })]);
  }
  const count = push('Shape', [text], { start: 1, end: 2 });
  const sums = push('CumSum', [kept, whole('two', [2], [])]);
  const [far, axis2] = [whole('far', [2 ** 40]), whole('axis 2', [2])];
  const fresh = push('Slice', [sums, push('Neg', [count]), far, axis2]);
  let hidden = push('Squeeze', [fresh, 'one']);
  if (form.encoder) {
    inputs.push(value('input_ids', ids, [1, 'source']));
    let source = push('Gather', ['E', 'input_ids']);
    if (has('encoder_attention_mask')) {
      inputs.push(value('encoder_attention_mask', ids, [1, 'source']));
      const mask = push('Unsqueeze', ['encoder_attention_mask', whole('last', [2])]);
      source = push('Mul', [source, push('Cast', [mask], { to: 1 })]);
    }
    hidden = push('Add', [hidden, push('ReduceSum', [source, 'one'], { keepdims: 1 })]);
  }
  let result = push('MatMul', [push('Tanh', [hidden]), 'W']);
  if (has('use_cache_branch')) {
    inputs.push(value('use_cache_branch', 'bool', [1]));
    const past = push('Shape', ['past_key_values.0.key'], { start: 2, end: 3 });
    const should = push('Cast', [push('Greater', [past, whole('none', [0])])], { to: 1 });
    const wrong = push('Sub', [push('Cast', ['use_cache_branch'], { to: 1 }), should]);
    initializers.push(makeTensor('harm', 'float32', [vocabulary], waves(vocabulary)));
    result = push('Add', [result, push('Mul', [wrong, 'harm'])]);
  }
  if (has('num_logits_to_keep')) {
    inputs.push(value('num_logits_to_keep', 'int64', []));
    const start = push('Neg', [push('Reshape', ['num_logits_to_keep', 'one'])]);
    result = push('Slice', [result, start, far, 'one']);
  }
  push('Cast', [result], { to: logits === 'float16' ? 10 : 1 }, output);
  return model(graph({ nodes, inputs, outputs, initializers }), { opset: 17 });
}

/** The logits after a text, computed without the model. */
export function plainLogits(text: readonly number[], source: readonly number[] = []): number[] {
  const sum = (column: number): number => {
    const at = (table: Float32Array, row: number): number => table[row * width + column] ?? NaN;
    const fromSource = source.reduce((total, id) => total + at(embedding, id), 0);
    return text.reduce(
      (total, id, place) => total + at(embedding, id) + at(places, place),
      fromSource,
    );
  };
  const hidden = Array.from({ length: width }, (_, column) => Math.tanh(sum(column)));
  return Array.from({ length: vocabulary }, (_, id) =>
    hidden.reduce((total, x, column) => total + x * (head[column * vocabulary + id] ?? NaN), 0),
  );
}

/** What greedy decoding writes after a text, computed without the model. */
export function plainTokens(
  text: readonly number[],
  count: number,
  source: readonly number[] = [],
): number[] {
  const made: number[] = [];
  while (made.length < count) {
    const logits = plainLogits([...text, ...made], source);
    made.push(logits.indexOf(Math.max(...logits)));
  }
  return made;
}

/** The softmax of logits. */
export function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
