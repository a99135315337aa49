/** Gathers what corrects the biases of a model's layers, b′ = b + E[x]·(W − Ŵ), and puts it into the model. */
import type { Site } from '../../calibrate/sites.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { Model } from '../../onnx/types.ts';
import { ModelEdit } from '../model-edit.ts';
import { addBias, biasPlace } from './add-bias.ts';
import { computedType, FoldGraph } from './fold-graph.ts';
import { valuesOf, type Heir } from './heirs.ts';
import { fitsStatistics } from './layer-matrix.ts';

export class BiasCorrections {
  /** Why a layer is left alone, by the key of its weight. */
  readonly refused = new Map<string, string>();
  /** How many layers were corrected. */
  count = 0;
  private readonly graph: FoldGraph;
  private readonly edit: ModelEdit;
  private readonly heirs: ReadonlyMap<string, Heir>;

  constructor(model: Model, heirs: readonly Heir[]) {
    this.graph = new FoldGraph(model);
    this.edit = new ModelEdit(model);
    this.heirs = new Map(heirs.map((heir) => [heir.weight.key, heir]));
  }

  /** Corrects the layers of a site; `begin` is called before each. */
  async add(
    { weights }: Site,
    statistics: InputStatistics,
    begin: (key: string) => void,
  ): Promise<void> {
    for (const key of weights) {
      begin(key);
      const reason = await this.correct(this.heirs.get(key)!, statistics);
      if (reason === undefined) this.count++;
      else this.refused.set(key, reason);
    }
  }

  /** The corrected model. */
  done(): Model {
    return this.edit.done();
  }

  private async correct(heir: Heir, statistics: InputStatistics): Promise<string | undefined> {
    const { consumer, layout, origins } = heir;
    const place = biasPlace(this.graph, consumer.node, layout.outer * layout.inner);
    if (typeof place === 'string') return place;
    if (!fitsStatistics(layout, statistics)) return 'its inputs lie in another order than it';
    const values = await valuesOf(heir);
    if (typeof values === 'string') return values;
    const amount = shiftOf(heir, values.was, values.is, statistics);
    const [origin] = origins;
    const dtype = computedType({ weight: origin, consumer: origin.consumers[0]! });
    await addBias(place, amount, origin.name, dtype, this.edit);
    return undefined;
  }
}

/** E[x]·(W − Ŵ) for each output channel. */
function shiftOf(
  { layout: { outer, axis, inner } }: Heir,
  was: Float32Array,
  is: Float32Array,
  { mean, groups }: InputStatistics,
): Float64Array {
  const shift = new Float64Array(outer * inner);
  for (let slice = 0; slice < outer; slice++) {
    const group = Math.floor((slice * groups) / outer);
    for (let k = 0; k < axis; k++) {
      const x = mean[group * axis + k]!;
      for (let i = 0; i < inner; i++) {
        const at = (slice * axis + k) * inner + i;
        shift[slice * inner + i]! += x * (was[at]! - is[at]!);
      }
    }
  }
  return shift;
}
