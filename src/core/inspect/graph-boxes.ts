/** What the boxes of a graph's picture say, and the room that they take. */
import { formatBytes } from '../errors.ts';
import { nodeStates, type GraphPicture, type NodeState } from './graph-picture.ts';

/** Which of two models, laid over one another, is looked at. */
export type GraphSide = 'left' | 'right';

/** Sums over what is in a group, by its position. */
export interface GroupSums {
  readonly nodes: Int32Array;
  readonly leftBytes: Float64Array;
  readonly rightBytes: Float64Array;
  /** How many nodes are only on the left, only on the right, and changed. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly changed: Int32Array;
}

/** Sums of every group, with the groups in it. */
export function sumGroups(picture: GraphPicture): GroupSums {
  const count = picture.groupNames.length;
  const sums = {
    nodes: new Int32Array(count),
    leftBytes: new Float64Array(count),
    rightBytes: new Float64Array(count),
    left: new Int32Array(count),
    right: new Int32Array(count),
    changed: new Int32Array(count),
  };
  picture.group.forEach((own, node) => {
    if (own < 0) return;
    const state = stateOf(picture, node);
    sums.nodes[own]!++;
    sums.leftBytes[own]! += picture.leftBytes[node]!;
    sums.rightBytes[own]! += picture.rightBytes[node]!;
    if (state !== 'same') sums[state][own]!++;
  });
  // Groups come after those around them.
  for (let at = count - 1; at >= 0; at--) {
    const parent = picture.groupParents[at]!;
    if (parent >= 0) for (const column of Object.values(sums)) column[parent]! += column[at]!;
  }
  return sums;
}

/** The state of a node. */
export const stateOf = ({ states }: GraphPicture, node: number): NodeState =>
  nodeStates[states[node] ?? 0] ?? 'same';

/** The state of a box: a group is as what is in it, and changed where that is of several kinds. */
export function boxState(picture: GraphPicture, sums: GroupSums, box: number): NodeState {
  const count = picture.names.length;
  if (box < count) return stateOf(picture, box);
  const at = box - count;
  const nodes = sums.nodes[at]!;
  if (sums.left[at] === nodes) return 'left';
  if (sums.right[at] === nodes) return 'right';
  return sums.left[at]! + sums.right[at]! + sums.changed[at]! > 0 ? 'changed' : 'same';
}

/** Whether a box exists on a side. */
export const isOn = (state: NodeState, side: GraphSide): boolean =>
  state === 'same' || state === 'changed' || state === side;

/** The operator of a node on a side; on the other where it is only there. */
export function operatorOn(picture: GraphPicture, node: number, side: GraphSide): string {
  const [own, other] =
    side === 'left' ? [picture.leftOps, picture.rightOps] : [picture.rightOps, picture.leftOps];
  return picture.operators[own[node]! >= 0 ? own[node]! : other[node]!] ?? '';
}

const mostLetters = 26;
/** Made once: it takes longer than a hundred numbers. */
const wholeNumbers = new Intl.NumberFormat('en-US');

/** A text cut to what a box has room for; of a name with a path its end. */
const cut = (text: string, most = mostLetters): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
const lastPart = (name: string): string => name.slice(name.lastIndexOf('/', name.length - 2) + 1);

/** A node's name without what the frames around it say already: `layers.0.attn.` of `layers.0.attn.matmul_2`. */
function ownName(picture: GraphPicture, node: number): string {
  const name = lastPart(picture.names[node]!);
  const group = picture.group[node]!;
  if (group < 0 || !name.includes('.')) return name;
  const around: string[] = [];
  for (let at = group; at >= 0; at = picture.groupParents[at]!) {
    // Parts and bundles are no modules: their names have spaces.
    const frame = picture.groupNames[at]!;
    if (!frame.includes(' ')) around.unshift(frame.replaceAll('/', '.'));
  }
  for (let first = 0; first < around.length; first++) {
    const prefix = `${around.slice(first).join('.')}.`;
    if (name.startsWith(prefix) && name.length > prefix.length) return name.slice(prefix.length);
  }
  return name;
}

/** The two lines of a box. */
export function linesOf(
  picture: GraphPicture,
  sums: GroupSums,
  box: number,
  side: GraphSide,
): readonly [string, string] {
  const count = picture.names.length;
  if (box < count) {
    const name = ownName(picture, box);
    const op = operatorOn(picture, box, side).replace(/^com\.microsoft\./, 'ms.');
    return [cut(op), name.toLowerCase() === op.toLowerCase() ? '' : cut(name)];
  }
  const at = box - count;
  const bytes = (side === 'left' ? sums.leftBytes : sums.rightBytes)[at]!;
  const nodes = sums.nodes[at]!;
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : '';
  return [
    cut(picture.groupNames[at]!, 30),
    `${wholeNumbers.format(nodes)} ${nodes === 1 ? 'node' : 'nodes'}${size}`,
  ];
}

/** Room for the longer line of either side; the letters are about so wide. */
export function widthsOf(picture: GraphPicture, sums: GroupSums): Uint16Array {
  const count = picture.names.length + picture.groupNames.length;
  const room = (box: number, side: GraphSide): number => {
    const [first, second] = linesOf(picture, sums, box, side);
    return Math.max(first.length * 7.4, second.length * 6.4) + 26;
  };
  return Uint16Array.from({ length: count }, (_, box) =>
    Math.round(Math.min(240, Math.max(76, room(box, 'left'), room(box, 'right')))),
  );
}
