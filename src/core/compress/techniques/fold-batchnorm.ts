/**
 * Puts batch normalizations into the layers before them, so that rounding sees the weights that the
 * device multiplies with (Jacob et al., 2018).
 */
import { findWeights } from '../../onnx/weights.ts';
import { foldBatchNormalization } from '../fold/batch-normalization.ts';
import { FoldGraph } from '../fold/fold-graph.ts';
import { noteRest } from '../fold/notes.ts';
import { normalizedLayers } from '../fold/normalized-layers.ts';
import { technique } from '../technique.ts';

export const foldBatchnorm = technique({
  family: 'quantize',
  label: 'Fold batch normalization',
  summary:
    'Multiplies each batch normalization into the convolution or matrix before it: W′ = W·γ/√(variance + ε), b′ = (b − mean)·γ/√(variance + ε) + β. ' +
    'Answers stay the same; a node less runs, and a rounding step after this one rounds what is really multiplied (Jacob et al., 2018). ' +
    'Hurts only rounding with one scale for a whole tensor, where it spreads the channels: put Equalize layers behind it.',
  options: {},
  preserves: true,
  needs: () => [],
  targets(model) {
    const folding = new Set(
      normalizedLayers(new FoldGraph(model)).layers.map(({ weight }) => weight),
    );
    return findWeights(model).filter((weight) => folding.has(weight));
  },
  async apply(model, _, { weights, note, progress, signal }) {
    const selected = new Set(weights.map(({ key }) => key));
    const {
      model: after,
      folded,
      refused,
    } = await foldBatchNormalization(model, {
      takes: (key) => selected.has(key),
      onLayer(done, total, key) {
        signal.throwIfAborted();
        progress(done, total, key);
      },
    });
    signal.throwIfAborted();
    const last = folded.at(-1);
    if (last !== undefined) progress(folded.length, folded.length, last);
    const rest = weights.filter(({ key }) => !folded.includes(key));
    noteRest(rest, ({ key }) => refused.get(key) ?? 'no batch normalization follows it', note);
    return after;
  },
});
