/**
 * The networks that train.bench.ts times, built alike here and in torch_step.py: linear weights lie
 * [in, out] here and [out, in] there, everything else is the same, names and values included.
 */
import { createRandom, type Random } from '../../../src/core/math/random.ts';
import {
  float,
  graph,
  model,
  node,
  value,
  type AttributeValue,
} from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import type { Value } from '../../../src/core/runtime.ts';

export type NetworkId = 'mlp' | 'cnn' | 'transformer';

export interface Network {
  readonly id: NetworkId;
  readonly about: string;
  /** Takes `x`, gives `logits`; every float32 initializer is trained. */
  readonly model: Model;
  /** Different batches, used in turns: what goes into the model, and shares of the classes. */
  readonly batches: readonly { readonly x: Value; readonly targets: Value }[];
}

/** Nodes and weights in the order in which they are added. */
class Draft {
  readonly nodes: Node[] = [];
  readonly tensors: Tensor[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const output = `${opType}.${this.nodes.length}`;
    this.nodes.push(node(opType, inputs, [output], { attributes }));
    return output;
  }

  weight(name: string, dims: readonly number[], spread: number, center = 0): string {
    const random = this.#random.fork(name);
    const count = dims.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: count }, () => center + spread * random.normal());
    this.tensors.push(makeTensor(name, 'float32', dims, values));
    return name;
  }

  integers(...values: readonly number[]): string {
    const name = `integers.${this.tensors.length}`;
    this.tensors.push(
      makeTensor(name, 'int64', [values.length], BigInt64Array.from(values, BigInt)),
    );
    return name;
  }

  linear(name: string, x: string, [from, to]: readonly [number, number]): string {
    const weight = this.weight(`${name}.weight`, [from, to], Math.sqrt(1 / from));
    return this.add('Add', [
      this.add('MatMul', [x, weight]),
      this.weight(`${name}.bias`, [to], 0.01),
    ]);
  }

  norm(name: string, x: string, width: number): string {
    const scale = this.weight(`${name}.weight`, [width], 0.01, 1);
    const shift = this.weight(`${name}.bias`, [width], 0.01);
    return this.add('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(1e-5) });
  }

  convolution(name: string, x: string, [from, to]: readonly [number, number]): string {
    const weights = [
      this.weight(`${name}.weight`, [to, from, 3, 3], Math.sqrt(2 / (9 * from))),
      this.weight(`${name}.bias`, [to], 0.01),
    ];
    return this.add('Conv', [x, ...weights], { pads: [1, 1, 1, 1] });
  }

  /** A graph from `x` to `logits`. */
  model(x: Value, logits: string, classes: number): Model {
    const last = node('Identity', [logits], ['logits']);
    return model(
      graph({
        nodes: [...this.nodes, last],
        inputs: [value('x', x.dtype, x.dims)],
        outputs: [value('logits', 'float32', ['rows', classes])],
        initializers: this.tensors,
      }),
    );
  }
}

const seed = 11;
const batchCount = 4;

/** 784-256-128-10, batches of 64. */
function mlp(): Network {
  const rows = 64;
  const draft = new Draft(createRandom(seed));
  const first = draft.add('Relu', [draft.linear('first', 'x', [784, 256])]);
  const second = draft.add('Relu', [draft.linear('second', first, [256, 128])]);
  const batches = batchesOf((random) => normals(random, [rows, 784]), rows, 10);
  return {
    id: 'mlp',
    about: '784-256-128-10, batch 64',
    model: draft.model(batches[0]!.x, draft.linear('head', second, [128, 10]), 10),
    batches,
  };
}

/** Two convolutions of 3×3 with pools, two linear layers, on digits of 28×28. */
function cnn(): Network {
  const rows = 64;
  const draft = new Draft(createRandom(seed));
  const pool = (x: string): string =>
    draft.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
  const first = pool(draft.add('Relu', [draft.convolution('first', 'x', [1, 32])]));
  const second = pool(draft.add('Relu', [draft.convolution('second', first, [32, 64])]));
  const flat = draft.add('Flatten', [second]);
  const third = draft.add('Relu', [draft.linear('third', flat, [3136, 128])]);
  const batches = batchesOf((random) => normals(random, [rows, 1, 28, 28]), rows, 10);
  return {
    id: 'cnn',
    about: 'conv 32, conv 64, 128-10 on 28×28, batch 64',
    model: draft.model(batches[0]!.x, draft.linear('head', third, [128, 10]), 10),
    batches,
  };
}

const shape = { layers: 4, width: 128, heads: 4, length: 64, rows: 8, tokens: 256 } as const;

/** A decoder with a causal mask: four blocks of width 128. */
function transformer(): Network {
  const { layers, width, length, rows, tokens } = shape;
  const draft = new Draft(createRandom(seed));
  const found = draft.add('Gather', [draft.weight('embedding', [tokens, width], 0.5), 'x']);
  let x = draft.add('Add', [found, draft.weight('positions', [length, width], 0.5)]);
  for (let layer = 0; layer < layers; layer++) x = block(draft, `block${layer}`, x);
  const scores = draft.linear('head', draft.norm('norm', x, width), [width, tokens]);
  const logits = draft.add('Reshape', [scores, draft.integers(-1, tokens)]);
  const ids = (random: Random): Value => {
    const data = BigInt64Array.from({ length: rows * length }, () =>
      BigInt(random.integer(tokens)),
    );
    return { dtype: 'int64', dims: [rows, length], data };
  };
  const batches = batchesOf(ids, rows * length, tokens);
  return {
    id: 'transformer',
    about: `${layers} layers of width ${width}, ${rows} × ${length} tokens`,
    model: draft.model(batches[0]!.x, logits, tokens),
    batches,
  };
}

function block(draft: Draft, name: string, x: string): string {
  const { width } = shape;
  const attended = attention(draft, name, draft.norm(`${name}.norm1`, x, width));
  const middle = draft.add('Add', [x, attended]);
  const normal = draft.norm(`${name}.norm2`, middle, width);
  const up = draft.add('Gelu', [draft.linear(`${name}.up`, normal, [width, 4 * width])]);
  return draft.add('Add', [middle, draft.linear(`${name}.down`, up, [4 * width, width])]);
}

function attention(draft: Draft, name: string, x: string): string {
  const { width, heads, length, rows } = shape;
  const size = width / heads;
  const split = (part: string, perm: readonly number[]): string => {
    const whole = draft.linear(`${name}.${part}`, x, [width, width]);
    const dims = draft.integers(rows, length, heads, size);
    return draft.add('Transpose', [draft.add('Reshape', [whole, dims])], { perm });
  };
  const [query, key, value] = [
    split('query', [0, 2, 1, 3]),
    split('key', [0, 2, 3, 1]),
    split('value', [0, 2, 1, 3]),
  ];
  const scale = constant(draft, `${name}.scale`, [], () => 1 / Math.sqrt(size));
  const mask = constant(draft, `${name}.mask`, [length, length], (at) =>
    at % length > Math.floor(at / length) ? -1e9 : 0,
  );
  const scores = draft.add('Mul', [draft.add('MatMul', [query, key]), scale]);
  const shares = draft.add('Softmax', [draft.add('Add', [scores, mask])], { axis: -1 });
  const mixed = draft.add('Transpose', [draft.add('MatMul', [shares, value])], {
    perm: [0, 2, 1, 3],
  });
  const joined = draft.add('Reshape', [mixed, draft.integers(rows, length, width)]);
  return draft.linear(`${name}.out`, joined, [width, width]);
}

/** A Constant node: not trained. */
function constant(
  draft: Draft,
  name: string,
  dims: readonly number[],
  at: (index: number) => number,
): string {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const tensor = makeTensor(
    name,
    'float32',
    dims,
    Float32Array.from({ length: count }, (_, index) => at(index)),
  );
  draft.nodes.push(node('Constant', [], [name], { attributes: { value: tensor } }));
  return name;
}

function batchesOf(
  input: (random: Random) => Value,
  rows: number,
  classes: number,
): Network['batches'] {
  return Array.from({ length: batchCount }, (_, batch) => {
    const random = createRandom(seed).fork(`batch ${batch}`);
    return { x: input(random), targets: shares(random, rows, classes) };
  });
}

function normals(random: Random, dims: readonly number[]): Value {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return {
    dtype: 'float32',
    dims,
    data: Float32Array.from({ length: count }, () => random.normal()),
  };
}

/** For each row, nine tenths on one class and the rest spread evenly. */
function shares(random: Random, rows: number, classes: number): Value {
  const data = new Float32Array(rows * classes).fill(0.1 / classes);
  for (let row = 0; row < rows; row++) data[row * classes + random.integer(classes)]! += 0.9;
  return { dtype: 'float32', dims: [rows, classes], data };
}

export const networks: Readonly<Record<NetworkId, () => Network>> = { mlp, cnn, transformer };
