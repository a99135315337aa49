/** Stochastic gradient descent with momentum: m ← μm + g + λw, w ← w − ηm (as in PyTorch; Polyak 1964). */
import type { Optimizer } from './optimizer.ts';

export function momentum({ momentum: share = 0.9 } = {}): Optimizer {
  return {
    label: 'SGD with momentum',
    slots: 1,
    scalars: (_step, learningRate) => ({ rate: learningRate }),
    emit(step) {
      const { parameters, gradient, slots, decay } = step;
      const pull =
        decay === undefined
          ? gradient
          : step.emit('Add', [gradient, step.emit('Mul', [parameters, decay])]);
      const kept = step.emit('Mul', [slots[0] ?? '', step.floats(share)]);
      const velocity = step.emit('Add', [kept, pull]);
      const change = step.emit('Mul', [velocity, step.scalar('rate')]);
      return { parameters: step.emit('Sub', [parameters, change]), slots: [velocity] };
    },
  };
}
