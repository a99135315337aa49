/** Finds attention in a graph and the layers around it: rule 2 of roles.ts. */
import { operatorOf, type Flow, type FlowNode, type FlowValue } from './flow.ts';
import {
  adjusting,
  combining,
  computedInputs,
  isConstant,
  moving,
  walkBack,
  walkOn,
  type Passage,
} from './passage.ts';
import type { Layers } from './roles.ts';
import type { Role } from './weights.ts';

/** An attention: where its queries, keys and values come in, and its result. */
interface Core {
  readonly parts: readonly (FlowValue | undefined)[];
  readonly result: FlowValue | undefined;
}

/** Operators that take queries, keys and values as their first inputs. */
const fused = new Set([
  'Attention',
  'com.microsoft.MultiHeadAttention',
  'com.microsoft.GroupQueryAttention',
  'com.microsoft.PagedAttention',
  'com.microsoft.SparseAttention',
  'com.microsoft.DecoderMaskedMultiHeadAttention',
  'com.microsoft.PackedMultiHeadAttention',
]);
/** Those that hold the projection to queries, keys and values themselves. */
const selfContained = new Set([
  'com.microsoft.Attention',
  'com.microsoft.QAttention',
  'com.microsoft.PackedAttention',
  'com.microsoft.DecoderMaskedSelfAttention',
  'com.microsoft.LongformerAttention',
]);
const products = new Set(['MatMul', 'Einsum', 'Gemm', 'com.microsoft.FusedMatMul']);
const names = ['attention-q', 'attention-k', 'attention-v'] as const;

/** The role of each layer that belongs to an attention. */
export function attentionRoles(flow: Flow, layers: Layers): ReadonlyMap<FlowNode, Role> {
  const roles = new Map<FlowNode, Role>();
  for (const node of flow.nodes) {
    const core = coreOf(node, layers);
    if (core) label(core, layers, roles);
  }
  return roles;
}

function label({ parts, result }: Core, layers: Layers, roles: Map<FlowNode, Role>): void {
  const sources = parts.map((part) => only(walkBack(part, layers, leadsToProjection), layers));
  sources.forEach((layer, index) => {
    if (!layer || roles.has(layer)) return;
    const shared = sources.filter((other) => other === layer).length > 1;
    roles.set(layer, shared || parts.length === 1 ? 'attention-qkv' : (names[index] ?? 'linear'));
  });
  const next = only(walkOn(result, layers, leadsToOutput), layers);
  if (next && !roles.has(next)) roles.set(next, 'attention-o');
}

function coreOf(node: FlowNode, layers: Layers): Core | undefined {
  const operator = operatorOf(node.node);
  if (node.phi) return undefined;
  if (operator === 'Softmax') return openCore(node, layers);
  if (selfContained.has(operator)) return { parts: [], result: node.outputs[0] };
  if (!fused.has(operator)) return undefined;
  const given = node.inputs.slice(0, 3);
  // Without keys and values, the first input holds all three.
  return { parts: given[1] ? given : given.slice(0, 1), result: node.outputs[0] };
}

/** Softmax(Q·Kᵀ)·V, each product of two computed values, with scales, masks and moves between. */
function openCore(softmax: FlowNode, layers: Layers): Core | undefined {
  const isProduct = (node: FlowNode) =>
    products.has(operatorOf(node.node)) && !layers.has(node) && computedInputs(node).length === 2;
  const before = walkBack(softmax.inputs[0], layers, leadsToScores);
  const after = walkOn(softmax.outputs[0], layers, leadsToContext);
  const scores = [...(before?.ends ?? [])].filter(isProduct);
  const contexts = [...(after?.ends ?? [])].filter(isProduct);
  const [score] = scores;
  const [context] = contexts;
  if (!score || !context || scores.length > 1 || contexts.length > 1) return undefined;
  const values = context.inputs.find(
    (value) =>
      value?.producer !== softmax && (!value?.producer || !after?.passed.has(value.producer)),
  );
  return { parts: [score.inputs[0], score.inputs[1], values], result: context.outputs[0] };
}

/** The layer that a walk ends at, where that is one and the walk meets no other. */
function only(passage: Passage | undefined, layers: Layers): FlowNode | undefined {
  const found = [...(passage?.ends ?? [])].filter((node) => layers.has(node));
  return found.length === 1 ? found[0] : undefined;
}

const softCaps = new Set(['Tanh', 'Clip']);

const leadsToProjection = (operator: string): boolean =>
  moving.has(operator) || adjusting.has(operator) || combining.has(operator);
const leadsToScores = (operator: string): boolean =>
  moving.has(operator) || combining.has(operator) || softCaps.has(operator);
const leadsToContext = (operator: string): boolean =>
  moving.has(operator) || operator === 'Mul' || operator === 'Where' || operator === 'Div';
/** Adding a constant is a bias; adding anything else is the residual stream, where the attention ends. */
const leadsToOutput = (operator: string, node: FlowNode): boolean =>
  moving.has(operator) ||
  operator === 'Mul' ||
  operator === 'Div' ||
  (operator === 'Add' && node.inputs.some((value) => value && isConstant(value)));
