/** What the inspecting worker tells of graphs, and of the difference of two models. */
import { differenceOf, type ModelDifference } from '../src/core/inspect/graph-difference.ts';
import { detailsOf, type NodeDetails } from '../src/core/inspect/graph-details.ts';
import { sumGroups, widthsOf, type GroupSums } from '../src/core/inspect/graph-boxes.ts';
import {
  layOutGraph,
  type GraphLayout,
  type LayoutRequest,
} from '../src/core/inspect/graph-layout.ts';
import { listNodes, type ListedNode } from '../src/core/inspect/graph-nodes.ts';
import { pictureOf, pictureOfTwo, type GraphPicture } from '../src/core/inspect/graph-picture.ts';
import { ValueComparison } from '../src/core/inspect/same-bytes.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { ModelFiles } from '../src/core/runtime.ts';

/** Weights of more bytes in all are not read to see whether they changed. */
const comparedBytes = 400_000_000;

const tensorsOf = ({ constants }: ListedNode) => constants.map(({ tensor }) => tensor);

/** A picture with all that is worked out of it once. */
export interface ComparedPicture {
  readonly picture: GraphPicture;
  readonly sums: GroupSums;
  /** As a layout wants them. */
  readonly widths: Uint16Array;
  /** Bytes of weights that were too many to be compared for it. */
  readonly unread: number;
}

function complete(picture: GraphPicture, unread: number): ComparedPicture {
  const sums = sumGroups(picture);
  return { picture, sums, widths: widthsOf(picture, sums), unread };
}

export const graphApi = {
  /** The picture of a model, or of two laid over one another. Errors: ModelError. */
  async graphPicture(left: ModelFiles, right?: ModelFiles): Promise<ComparedPicture> {
    const before = listNodes(await readOnnx(left));
    if (!right) return complete(await pictureOf(before), 0);
    const after = listNodes(await readOnnx(right));
    const values = new ValueComparison(comparedBytes);
    const picture = await pictureOfTwo(before, after, (a, b) =>
      values.same(tensorsOf(a), tensorsOf(b)),
    );
    return complete(picture, values.unread);
  },

  /** Where everything of a picture stands while some of its groups are open. */
  graphLayout: (request: LayoutRequest): GraphLayout => layOutGraph(request),

  /** What two models differ in; `onProgress` hears of bytes compared, of how many, at most every 50 ms. Errors: ModelError. */
  async modelDifference(
    left: ModelFiles,
    right: ModelFiles,
    onProgress: (done: number, all: number) => unknown,
  ): Promise<ModelDifference> {
    let last = 0;
    const report = (done: number, all: number): void => {
      const now = performance.now();
      if (now - last < 50) return;
      last = now;
      onProgress(done, all);
    };
    const before = { model: await readOnnx(left), files: left };
    const after = { model: await readOnnx(right), files: right };
    return differenceOf(before, after, { onProgress: report });
  },

  /** Details of a node by its position in the model's node list. Errors: ModelError. */
  nodeDetails: async (files: ModelFiles, index: number): Promise<NodeDetails | undefined> =>
    detailsOf(await readOnnx(files), index),
};
