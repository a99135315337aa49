/**
 * What a weight is for. The graph decides, in this order:
 *
 * 1. The operator: Conv and its kin are `conv` (`depthwise-conv` where each group has one input
 *    channel), LSTM, GRU and RNN `recurrent`; a table whose rows the input picks by Gather, or by the
 *    product with a one-hot value, is an `embedding` and stays one when it is also (tied) the output
 *    projection; fused Attention and MoE say themselves what their weights do.
 * 2. Attention: the one layer that the queries (keys, values) of a Softmax(Q·Kᵀ)·V or of a fused
 *    attention operator come from is `attention-q` (`-k`, `-v`), or `attention-qkv` where several come
 *    from the same; the one layer that the result goes into is `attention-o`.
 * 3. MLP: a layer fed by one other through an activation function is `mlp-down` and that one `mlp-up`,
 *    where the pair returns to the size it started from and the result is added to the residual
 *    stream. Where it is fed by the product of two layers with the same input, one of them through an
 *    activation, that one is `mlp-gate` and the other `mlp-up`.
 * 4. `head`: a layer that no other weight comes after.
 * 5. Names (q_proj, query, wq, c_attn, gate_proj, fc1 …; see role-names.ts) where the graph said
 *    nothing; and otherwise `linear`.
 */
import { attentionRoles } from './attention.ts';
import { intOf } from './build.ts';
import { operatorOf, type Flow, type FlowNode, type FlowValue } from './flow.ts';
import { roleOfName } from './role-names.ts';
import type { WeightUse } from './trace.ts';
import { mlpRoles } from './mlp.ts';
import type { Role } from './weights.ts';

/** A node that multiplies data by a weight, and the sizes of that weight. */
export interface Layer {
  readonly use: WeightUse;
  readonly data: FlowValue | undefined;
  readonly output: FlowValue | undefined;
  readonly inSize: number;
  readonly outSize: number;
}
export type Layers = ReadonlyMap<FlowNode, Layer>;

/** The role of each use, in the order of the uses. */
export function rolesOf(flow: Flow, uses: readonly WeightUse[]): Role[] {
  const layers: Layers = new Map(uses.map((use) => [use.at, layerOf(use)]));
  const matrices: Layers = new Map([...layers].filter(([, { use }]) => use.as.work === 'matrix'));
  const attention = attentionRoles(flow, matrices);
  const mlp = mlpRoles(matrices, attention);
  const followed = valuesBeforeLayers(layers);
  return uses.map((use) => {
    if (use.as.role) return use.as.role;
    if (use.as.work === 'convolution') return isDepthwise(use) ? 'depthwise-conv' : 'conv';
    if (use.as.work === 'recurrence') return 'recurrent';
    if (use.as.work === 'lookup' || readsOneHot(use)) return 'embedding';
    const output = use.at.outputs[0];
    const last = output && !followed.has(output) ? 'head' : undefined;
    const found = attention.get(use.at) ?? mlp.get(use.at) ?? last;
    return found ?? roleOfName(use.stored.key, use.at.node.name) ?? 'linear';
  });
}

function layerOf(use: WeightUse): Layer {
  const { at, as, stored, inAxes, outAxes } = use;
  const along = (axes: readonly number[]) =>
    axes.reduce((product, axis) => product * (stored.dims[axis] ?? 1), 1);
  return {
    use,
    data: at.inputs[as.data],
    output: at.outputs[0],
    // Packed codes do not show it.
    inSize: intOf(at.node, 'K', along(inAxes)),
    outSize: intOf(at.node, 'N', along(outAxes)),
  };
}

/** Everything that data of some layer is computed from. */
function valuesBeforeLayers(layers: Layers): ReadonlySet<FlowValue> {
  const data = [...layers.values()].flatMap((layer) => layer.data ?? []);
  const before = new Set(data);
  const passed = new Set<FlowNode>();
  // A set visits what is added to it while it is visited.
  for (const { producer } of before) {
    if (!producer || passed.has(producer)) continue;
    passed.add(producer);
    for (const input of producer.inputs) if (input) before.add(input);
  }
  return before;
}

/** Kernels are [out, in per group, …] summed over all but the first axis, or transposed and summed over the first. */
function isDepthwise({ at, as, sizes }: WeightUse): boolean {
  const groups = intOf(at.node, 'group', 1);
  const transposed = as.summed(sizes.length, at)?.[0] === 0;
  const perChannel = transposed ? sizes[0] === groups : sizes[1] === 1;
  return perChannel && (groups > 1 || operatorOf(at.node).includes('CausalConv'));
}

/** Whether the data is OneHot's, or an Equal's answer as numbers. */
function readsOneHot({ at, as }: WeightUse): boolean {
  let from = at.inputs[as.data]?.producer;
  for (let steps = 0; from && steps < 8; steps++) {
    const operator = operatorOf(from.node);
    if (operator === 'OneHot' || operator === 'Equal') return true;
    if (!['Cast', 'Reshape', 'Identity', 'Squeeze', 'Unsqueeze'].includes(operator)) return false;
    from = from.inputs[0]?.producer;
  }
  return false;
}
