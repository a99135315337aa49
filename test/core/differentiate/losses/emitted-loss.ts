/** Runs a loss by itself: its value and the gradients that it starts the way back with. */
import { GraphEmitter } from '../../../../src/core/differentiate/emitter.ts';
import type { Loss } from '../../../../src/core/differentiate/losses/loss.ts';
import { emitSum } from '../../../../src/core/differentiate/sums.ts';
import { graph, model, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Tensor } from '../../../../src/core/onnx/types.ts';
import { runModel } from '../../../onnxruntime.ts';

export interface Floats {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** `values` by name: outputs of a model, and float inputs of the loss. `ids` are int64 inputs. */
export async function runLoss(
  loss: Loss,
  values: Readonly<Record<string, Floats>>,
  ids: Readonly<Record<string, Floats>> = {},
): Promise<{ value: number; gradient: (name: string) => number[] }> {
  const emitter = new GraphEmitter(new Set());
  const { value: total, gradients } = loss.emit({
    emit: (...given) => emitter.emit(...given),
    emitMany: (...given) => emitter.emitMany(...given),
    floats: (...given) => emitter.floats(...given),
    integers: (...given) => emitter.integers(...given),
    sum: (...given) => emitSum(emitter, ...given),
    dims: (name) => values[name]!.dims,
    input: ({ name }) => name,
  });
  const stored: Tensor[] = [
    ...Object.entries(values).map(([name, { dims, data }]) =>
      makeTensor(name, 'float32', dims, Float32Array.from(data)),
    ),
    ...Object.entries(ids).map(([name, { dims, data }]) =>
      makeTensor(name, 'int64', dims, BigInt64Array.from(data, BigInt)),
    ),
  ];
  const outputs = [total, ...gradients.values()].map((name) => value(name, 'float32'));
  const initializers = [...stored, ...emitter.initializers];
  const whole = model(graph({ nodes: emitter.nodes, inputs: [], outputs, initializers }));
  const results = await runModel(whole, {});
  const numbers = (name: string): number[] => Array.from(results[name]!.data as Float32Array);
  return {
    value: numbers(total)[0]!,
    gradient: (name) => numbers(gradients.get(name)!),
  };
}

/** Central differences of a plain function, in float64. */
export function slopes(compute: (values: number[]) => number, at: readonly number[]): number[] {
  const step = 1e-5;
  return at.map((_, index) => {
    const moved = (by: number): number =>
      compute(at.map((x, other) => (other === index ? x + by : x)));
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/** The largest difference, as a share of the largest expected value. */
export function farthest(found: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...found.map((x, index) => Math.abs(x - expected[index]!))) / largest;
}
