/** Cross-entropy with shares of the classes: the mean over rows of −Σ t log softmax(z), rows of t summing to 1. Its gradient is (softmax(z) − t) / rows. */
import type { Loss } from '../../../src/core/differentiate/losses/loss.ts';

export const softTargets: Loss = {
  label: 'Cross-entropy with soft targets',
  emit(step) {
    const [rows = 1, classes = 1] = step.dims('logits');
    const targets = step.input({ name: 'targets', dtype: 'float32', dims: [rows, classes] });
    const share = step.floats(1 / rows);
    const probabilities = step.emit('Softmax', ['logits'], { axis: 1 });
    const slope = step.emit('Mul', [step.emit('Sub', [probabilities, targets]), share]);
    const all = step.emit('ReduceLogSumExp', ['logits', step.integers([1])], { keepdims: 1 });
    const surprise = step.emit('Sub', [all, 'logits']);
    const losses = step.emit('Mul', [step.emit('Mul', [targets, surprise]), share]);
    return {
      value: step.sum(losses, [rows, classes], [0, 1], false),
      gradients: new Map([['logits', slope]]),
    };
  },
};
