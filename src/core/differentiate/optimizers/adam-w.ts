/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019):
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η(m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε) + λw).
 */
import type { Optimizer } from './optimizer.ts';

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export function adamW({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamWOptions = {}): Optimizer {
  return {
    label: 'AdamW',
    slots: 2,
    scalars: (step, learningRate) => ({
      rate: learningRate,
      size: learningRate / (1 - beta1 ** (step + 1)),
      spread: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    }),
    emit(step) {
      const { parameters, gradient, slots, decay } = step;
      const [before = '', spreadBefore = ''] = slots;
      // m + (1 − β)(g − m) takes one operator less than βm + (1 − β)g.
      const towards = (from: string, to: string, share: number): string => {
        const way = step.emit('Sub', [to, from]);
        return step.emit('Add', [from, step.emit('Mul', [way, step.floats(share)])]);
      };
      const mean = towards(before, gradient, 1 - beta1);
      const square = step.emit('Mul', [gradient, gradient]);
      const spread = towards(spreadBefore, square, 1 - beta2);
      const root = step.emit('Mul', [step.emit('Sqrt', [spread]), step.scalar('spread')]);
      const below = step.emit('Add', [root, step.floats(epsilon)]);
      const change = step.emit('Mul', [step.emit('Div', [mean, below]), step.scalar('size')]);
      const kept = decay === undefined ? parameters : decayed(step.scalar('rate'), decay);
      return { parameters: step.emit('Sub', [kept, change]), slots: [mean, spread] };

      function decayed(rate: string, strength: string): string {
        const lost = step.emit('Mul', [parameters, step.emit('Mul', [strength, rate])]);
        return step.emit('Sub', [parameters, lost]);
      }
    },
  };
}
