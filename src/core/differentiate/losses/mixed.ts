/** A weighted sum of losses: teacher and hard labels, outputs and hidden states. */
import type { Loss, LossStep } from './loss.ts';

export interface Share {
  readonly loss: Loss;
  readonly weight: number;
}

export function mixed(shares: readonly Share[]): Loss {
  return {
    label: shares.map(({ loss }) => loss.label).join(' + '),
    emit(step) {
      const parts = shares.map(({ loss, weight }) => {
        const { value, gradients } = loss.emit(step);
        const scaled = (name: string): string => step.emit('Mul', [name, step.floats(weight)]);
        return {
          value: scaled(value),
          gradients: [...gradients].map(([name, gradient]) => [name, scaled(gradient)] as const),
        };
      });
      const gradients = new Map<string, string>();
      for (const [name, gradient] of parts.flatMap((part) => part.gradients)) {
        const before = gradients.get(name);
        gradients.set(name, before === undefined ? gradient : step.emit('Add', [before, gradient]));
      }
      return {
        value: added(
          step,
          parts.map(({ value }) => value),
        ),
        gradients,
      };
    },
  };
}

const added = (step: LossStep, values: readonly string[]): string =>
  values.reduce((sum, value) => step.emit('Add', [sum, value]));
