/** What a rule is given: one node, the gradients at its outputs, and the shapes around it. */
import { ModelError } from '../errors.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Forward } from './forward.ts';
import type { BackwardStep } from './rule.ts';
import { emitSum, emitSumTo } from './sums.ts';

type Task = Pick<BackwardStep, 'node' | 'gradients' | 'wants' | 'batchStatistics'>;

/** One step of the way back. */
export function nodeStep(
  { values, constants }: Forward,
  emitter: GraphEmitter,
  task: Task,
): BackwardStep {
  const refuse = (reason: string): never => {
    const { opType, name, outputs } = task.node;
    throw new ModelError(
      `${opType} "${name || (outputs[0] ?? '')}" can't be differentiated: ${reason}. Train only weights behind it, or leave this step out.`,
    );
  };
  const known = (value: string) =>
    values.get(value) ?? refuse(`nothing is known of its input "${value}"`);
  const numbers = (value: string): readonly number[] | undefined => {
    const { data } = constants.get(value) ?? {};
    return ArrayBuffer.isView(data) ? Array.from(data as Float64Array, Number) : undefined;
  };
  return {
    ...task,
    dims: (value) => known(value).dims,
    dtype: (value) => known(value).dtype,
    isConstant: (value) => ArrayBuffer.isView(constants.get(value)?.data),
    constants: (value) =>
      numbers(value) ??
      refuse(`its input "${value}" changes from run to run, and the gradient depends on it`),
    constantFloats: numbers,
    emit: (...given) => emitter.emit(...given),
    emitMany: (...given) => emitter.emitMany(...given),
    floats: (...given) => emitter.floats(...given),
    integers: (...given) => emitter.integers(...given),
    sumTo: (...given) => emitSumTo(emitter, ...given),
    sum: (...given) => emitSum(emitter, ...given),
    refuse,
  };
}
