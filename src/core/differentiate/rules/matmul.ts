/**
 * Matrix products: MatMul of any ranks, onnxruntime's FusedMatMul, and Gemm. For Y = A·B with the
 * gradient G of Y, that of A is G·Bᵀ and that of B is Aᵀ·G. Where B is a plain matrix, the rows of all
 * batches are laid below each other, so that each gradient is one Gemm.
 */
import { floatOf, intOf } from '../../onnx/build.ts';
import type { BackwardStep, InputGradients, Rule } from '../rule.ts';

/** `alpha · A′ · B′ + beta · C`. */
export const gemm: Rule = (step) => {
  const { node } = step;
  const [a = '', b = '', c = ''] = node.inputs;
  const gradient = step.gradients[0]!;
  const multiply = plainProduct(step, floatOf(node, 'alpha', 1));
  const left = { value: a, transposed: intOf(node, 'transA', 0) !== 0 };
  const right = { value: b, transposed: intOf(node, 'transB', 0) !== 0 };
  const beta = floatOf(node, 'beta', 1);
  const ofBias = (): string => {
    const total = step.sumTo(gradient, step.dims(node.outputs[0]!), step.dims(c));
    return beta === 1 ? total : step.emit('Mul', [total, step.floats(beta)]);
  };
  return [
    step.wants(0) ? ofLeft(multiply, gradient, left, right) : undefined,
    step.wants(1) ? ofRight(multiply, gradient, left, right) : undefined,
    c !== '' && step.wants(2) ? ofBias() : undefined,
  ];
};

export const matMul: Rule = (step) => {
  const [a = '', b = ''] = step.node.inputs;
  return stacked(step, step.gradients[0]!, leftStack(step, a, false), rightStack(step, b, false));
};

/** `alpha · A′ · B′` of stacks, transposed in their last two axes. */
export const fusedMatMul: Rule = (step) => {
  const { node } = step;
  if (intOf(node, 'transBatchA', 0) !== 0 || intOf(node, 'transBatchB', 0) !== 0) {
    return step.refuse('it moves batch axes (transBatchA, transBatchB)');
  }
  const [a = '', b = ''] = node.inputs;
  const alpha = floatOf(node, 'alpha', 1);
  const gradient = step.gradients[0]!;
  const scaled = alpha === 1 ? gradient : step.emit('Mul', [gradient, step.floats(alpha)]);
  const left = leftStack(step, a, intOf(node, 'transA', 0) !== 0);
  return stacked(step, scaled, left, rightStack(step, b, intOf(node, 'transB', 0) !== 0));
};

/** A factor, and whether its product takes it transposed. */
interface Factor {
  readonly value: string;
  readonly transposed: boolean;
}

/** A stack of matrices: a vector counts as the one row of a left factor, the one column of a right one. */
interface Stack extends Factor {
  readonly dims: readonly number[];
  readonly batch: readonly number[];
  /** Of the matrix as it is stored. */
  readonly matrix: readonly [number, number];
}

function leftStack(step: BackwardStep, value: string, transposed: boolean): Stack {
  const dims = step.dims(value);
  if (dims.length === 1) {
    return { value, dims, batch: [], matrix: [1, dims[0]!], transposed: false };
  }
  const matrix = [dims.at(-2)!, dims.at(-1)!] as const;
  return { value, dims, batch: dims.slice(0, -2), matrix, transposed };
}

function rightStack(step: BackwardStep, value: string, transposed: boolean): Stack {
  const dims = step.dims(value);
  return dims.length === 1
    ? { value, dims, batch: [], matrix: [dims[0]!, 1], transposed: false }
    : leftStack(step, value, transposed);
}

function stacked(step: BackwardStep, gradient: string, a: Stack, b: Stack): InputGradients {
  const isPlain = count(b.batch) === 1 && (!a.transposed || count(a.batch) === 1);
  return isPlain ? asOneMatrix(step, gradient, a, b) : asBatches(step, gradient, a, b);
}

/** Y[m, n] = Σ A[m, k] B[k, n], where m runs over the rows of all batches of A. */
function asOneMatrix(step: BackwardStep, gradient: string, a: Stack, b: Stack): InputGradients {
  const rows = count(a.batch) * a.matrix[0];
  const aDims = [rows, a.matrix[1]];
  const gDims = a.transposed ? [a.matrix[1], columnsOf(b)] : [rows, columnsOf(b)];
  const g = reshaped(step, gradient, step.dims(step.node.outputs[0]!), gDims);
  const left = { ...a, value: reshaped(step, a.value, a.dims, aDims) };
  const right = { ...b, value: reshaped(step, b.value, b.dims, b.matrix) };
  const multiply = plainProduct(step);
  return [
    step.wants(0) ? reshaped(step, ofLeft(multiply, g, left, right), aDims, a.dims) : undefined,
    step.wants(1) ? reshaped(step, ofRight(multiply, g, left, right), b.matrix, b.dims) : undefined,
  ];
}

/** Batches of products; a stack that was repeated for them gets the sum. */
function asBatches(step: BackwardStep, gradient: string, a: Stack, b: Stack): InputGradients {
  const batch = broadcast(a.batch, b.batch);
  const gDims = [...batch, a.matrix[a.transposed ? 1 : 0], columnsOf(b)];
  const g = reshaped(step, gradient, step.dims(step.node.outputs[0]!), gDims);
  const left = { ...a, value: reshaped(step, a.value, a.dims, [...a.batch, ...a.matrix]) };
  const right = { ...b, value: reshaped(step, b.value, b.dims, [...b.batch, ...b.matrix]) };
  const ranks = new Map([
    [g, gDims.length],
    [left.value, a.batch.length + 2],
    [right.value, b.batch.length + 2],
  ]);
  const multiply: Product = (x, y) => {
    const [first, second] = [x, y].map(({ value, transposed }) =>
      transposed ? swapped(step, value, ranks.get(value)!) : value,
    );
    return step.emit('MatMul', [first!, second!]);
  };
  const collect = (product: string, { dims, batch: own, matrix }: Stack): string => {
    const kept = [...own, ...matrix];
    return reshaped(step, step.sumTo(product, [...batch, ...matrix], kept), kept, dims);
  };
  return [
    step.wants(0) ? collect(ofLeft(multiply, g, left, right), a) : undefined,
    step.wants(1) ? collect(ofRight(multiply, g, left, right), b) : undefined,
  ];
}

type Product = (left: Factor, right: Factor) => string;

/** `alpha · left · right` of two matrices. */
function plainProduct(step: BackwardStep, alpha = 1): Product {
  return (left, right) =>
    step.emit('Gemm', [left.value, right.value], {
      alpha: { float: alpha },
      transA: left.transposed ? 1 : 0,
      transB: right.transposed ? 1 : 0,
    });
}

/** The gradient of a left factor as it is stored: G·B′ᵀ, or the transpose of that. */
function ofLeft(multiply: Product, gradient: string, a: Factor, b: Factor): string {
  return a.transposed
    ? multiply(b, { value: gradient, transposed: true })
    : multiply({ value: gradient, transposed: false }, transpose(b));
}

/** The gradient of a right factor as it is stored: A′ᵀ·G, or the transpose of that. */
function ofRight(multiply: Product, gradient: string, a: Factor, b: Factor): string {
  return b.transposed
    ? multiply({ value: gradient, transposed: true }, a)
    : multiply(transpose(a), { value: gradient, transposed: false });
}

const transpose = ({ value, transposed }: Factor): Factor => ({ value, transposed: !transposed });

const columnsOf = ({ matrix, transposed }: Stack): number => matrix[transposed ? 0 : 1];

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** The shape that two batches stretch to. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a.at(axis - rank) ?? 1, b.at(axis - rank) ?? 1];
    return x === 1 ? y : x;
  });
}

/** A value with its last two axes swapped. */
function swapped(step: BackwardStep, value: string, rank: number): string {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return step.emit('Transpose', [value], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
}

function reshaped(
  step: BackwardStep,
  value: string,
  from: readonly number[],
  to: readonly number[],
): string {
  const isSame = from.length === to.length && from.every((dim, axis) => dim === to[axis]);
  return isSame ? value : step.emit('Reshape', [value, step.integers(to)]);
}
