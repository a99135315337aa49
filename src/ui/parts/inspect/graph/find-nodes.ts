/** Search among the nodes of a graph's picture. */
import type { GraphPicture } from '../../../../core/inspect/graph-picture.ts';

/** Positions of the nodes whose name or operator, on either side, holds a text; none for no text. */
export function findNodes(picture: GraphPicture, text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const operators = picture.operators.map((op) => op.toLowerCase().includes(wanted));
  const found: number[] = [];
  picture.names.forEach((name, node) => {
    const has = (op: number): boolean => op >= 0 && operators[op] === true;
    if (
      has(picture.leftOps[node]!) ||
      has(picture.rightOps[node]!) ||
      name.toLowerCase().includes(wanted)
    ) {
      found.push(node);
    }
  });
  return found;
}
