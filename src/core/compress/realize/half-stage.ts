/** The second stage of realizing: weights that are stored in float16. */
import type { Model } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import { halfGraph, halfWeights } from '../float16/half-graph.ts';
import type { Objection } from './plan.ts';
import type { RealizedForm } from './realize.ts';

export interface HalfStage {
  readonly model: Model;
  readonly forms: readonly RealizedForm[];
}

const alone = 'nothing that computes in float16 takes it';

/** Computes in float16 where the device does, and says of each such weight whether it is so. */
export async function suitHalves(model: Model, objection: Objection): Promise<HalfStage> {
  const stored = new Set([...halfWeights(model).values()].map(({ name }) => name));
  const weights = findWeights(model).filter(({ tensor }) => stored.has(tensor.name));
  if (weights.length === 0) return { model, forms: [] };
  const refused = objection('float16');
  if (refused !== undefined) {
    const forms = weights.map(({ key }) => ({ key, form: 'as-is' as const, reason: refused }));
    return { model, forms };
  }
  const { model: halved, used } = await halfGraph(model);
  const forms = weights.map(({ key, tensor }): RealizedForm => {
    return used.has(tensor.name) ? { key, form: 'float16' } : { key, form: 'as-is', reason: alone };
  });
  return { model: halved, forms };
}
