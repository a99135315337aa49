/** Which weights are judged together, and what they are called. */
import { sitesOf } from '../../calibrate/sites.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import type { Role, Weight } from '../../onnx/weights.ts';
import type { Unit } from '../search.ts';

/** A unit and its weights. */
export interface WeightUnit extends Unit {
  readonly members: readonly Weight[];
}

/**
 * Weights that take in the same value are one unit (q, k and v; gate and up), every other weight is
 * one alone; in the order of each unit's first weight.
 */
export function unitsOf(model: Model, weights: readonly Weight[]): WeightUnit[] {
  const shared = new Map<string, string>();
  for (const { key, weights: keys } of sitesOf(model, weights).sites) {
    for (const one of keys) if (!shared.has(one)) shared.set(one, key);
  }
  const groups = new Map<string, Weight[]>();
  for (const weight of weights) {
    const site = shared.get(weight.key);
    // Keys of sites and weights may coincide; a prefix keeps them apart.
    const id = site === undefined ? `weight ${weight.key}` : `site ${site}`;
    const group = groups.get(id) ?? [];
    groups.set(id, group);
    group.push(weight);
  }
  const members = [...groups.values()];
  const labels = distinct(members.map(labelOf), members);
  return members.map((group, index) => ({
    id: group[0]!.key,
    label: labels[index]!,
    weights: group.map(({ key }) => key),
    parameters: group.reduce((sum, { tensor }) => sum + elementCount(tensor), 0),
    members: group,
  }));
}

const roleWords: Readonly<Record<Role, string>> = {
  embedding: 'embedding',
  'attention-q': 'q',
  'attention-k': 'k',
  'attention-v': 'v',
  'attention-qkv': 'q, k and v',
  'attention-o': 'attention output',
  'mlp-gate': 'gate',
  'mlp-up': 'up',
  'mlp-down': 'down',
  head: 'head',
  conv: 'convolution',
  'depthwise-conv': 'depthwise convolution',
  recurrent: 'recurrent',
  linear: 'linear',
};

/** "layer 3, q, k and v": where the name tells the layer, and what its weights do. */
function labelOf(group: readonly Weight[]): string {
  const [first] = group as readonly [Weight, ...Weight[]];
  const roles = [...new Set(group.map(({ role }) => roleWords[role]))];
  const tied =
    first.role === 'embedding' && first.consumers.some(({ node }) => node.opType !== 'Gather');
  const what = tied ? 'embedding and head' : listed(roles);
  const layer = layerOf(first);
  return layer === undefined ? what : `layer ${layer}, ${what}`;
}

const layerNumber =
  /(?:^|[._/])(?:layers?|blocks?|h|stages?|convolutions?|resblocks)[._/]?(\d+)(?=[._/]|$)/i;

/** The number that the name of a weight or its node has for the layer, counted from 0 as there. */
function layerOf({ key, consumers }: Weight): string | undefined {
  return [key, ...consumers.map(({ node }) => node.name)]
    .map((name) => layerNumber.exec(name)?.[1])
    .find((number) => number !== undefined);
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Labels that several units have get the name of the first weight beside them. */
function distinct(labels: readonly string[], groups: readonly (readonly Weight[])[]): string[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return labels.map((label, index) =>
    counts.get(label) === 1 ? label : `${label} (${groups[index]![0]!.key})`,
  );
}
