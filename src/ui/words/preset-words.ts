/** Why presets can't be chosen for a model. */
import type { PresetId } from '../../core/compress/presets.ts';
import type { TechniqueId } from '../../core/compress/techniques/index.ts';
import { dataProblem, type MissingData } from './data-words.ts';
import { uselessness, type ReasonWeight } from './technique-words.ts';
import { presetList } from '../words.ts';

/**
 * Presets of which a step would change nothing or has no samples, with the reason as a sentence.
 * `targets` are the names of the weights that each technique can change, once known.
 */
export function presetObstacles(
  weights: readonly ReasonWeight[],
  targets: Readonly<Record<TechniqueId, readonly string[]>> | undefined,
  missing: MissingData,
  ownFiles: number,
): ReadonlyMap<PresetId, string> {
  // What holds for every recipe is said where steps are added; the presets stay, and say it too when chosen.
  const isCoded = weights.some(({ quantized }) => quantized);
  return new Map(
    presetList.flatMap(([id, { recipe }]) => {
      const useless = recipe.steps.map(({ technique }, index) =>
        uselessness(technique, weights, targets?.[technique].length, recipe.steps.slice(0, index)),
      );
      const reason = isCoded ? undefined : useless.find((one) => one !== undefined);
      const obstacle = reason ?? dataProblem(recipe, missing, ownFiles);
      return obstacle ? [[id, obstacle] as const] : [];
    }),
  );
}
