/** Models for the stories of the bridge, made in the page. */
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { ModelFiles, Value } from '../../../src/core/runtime.ts';

/** The value of row `k`, column `n` of layer `layer`: whole numbers over 64, so that sums are exact. */
const weightAt = (layer: number, k: number, n: number): number =>
  (((k * 7 + n * 3 + layer) % 9) - 4) / 64;

/** x [batch, width] · W0 · W1 … */
export function chainModel(layers: number, width: number): Model {
  const weights = Array.from({ length: layers }, (_, layer) => {
    const values = new Float32Array(width * width);
    for (let at = 0; at < values.length; at++) {
      values[at] = weightAt(layer, Math.floor(at / width), at % width);
    }
    // As Blobs, so that a large model does not lie in the page's heap.
    return makeTensor(`W${layer}`, 'float32', [width, width], new Blob([values]));
  });
  const nodes = weights.map(({ name }, layer): Node => {
    const output = layer === layers - 1 ? 'y' : `h${layer}`;
    return node('MatMul', [layer === 0 ? 'x' : `h${layer - 1}`, name], [output], {
      name: `layer ${layer}`,
    });
  });
  return model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', width])],
      outputs: [value('y', 'float32', ['batch', width])],
      initializers: weights,
    }),
  );
}

/** As one file, or with the weights beside it. */
export const chain = (layers: number, width: number, external = false): ModelFiles =>
  writeOnnx(chainModel(layers, width), external ? { external: { location: 'weights.bin' } } : {});

/** What one layer makes of a row of ones: the sums of its columns. */
export const columnSums = (width: number): number[] =>
  Array.from({ length: width }, (_, n) =>
    Array.from({ length: width }, (_, k) => weightAt(0, k, n)).reduce((sum, x) => sum + x, 0),
  );

export const ones = (width: number): Value => ({
  dtype: 'float32',
  dims: [1, width],
  data: new Float32Array(width).fill(1),
});

/** A model whose one node has an operator that does not exist. */
export const unknownOperator = (): ModelFiles =>
  writeOnnx(
    model(
      graph({
        nodes: [node('Nonsense', ['x'], ['y'], { name: 'n1' })],
        inputs: [value('x', 'float32', [1])],
        outputs: [value('y', 'float32', [1])],
      }),
    ),
  );

/** A model that makes as many zeros as it is asked for. */
export const zeros = (): ModelFiles =>
  writeOnnx(
    model(
      graph({
        nodes: [node('ConstantOfShape', ['shape'], ['y'])],
        inputs: [value('shape', 'int64', [1])],
        outputs: [value('y', 'float32', ['n'])],
      }),
    ),
  );

/** Hands through an input of each kind that is not a plain number. */
export const passing = (): ModelFiles =>
  writeOnnx(
    model(
      graph({
        nodes: [
          node('Identity', ['text'], ['sameText']),
          node('Identity', ['long'], ['sameLong']),
          node('Identity', ['half'], ['sameHalf']),
          node('Identity', ['flag'], ['sameFlag']),
        ],
        inputs: [
          value('text', 'string', [2]),
          value('long', 'int64', [2]),
          value('half', 'float16', [2]),
          value('flag', 'bool', [2]),
        ],
        outputs: [
          value('sameText', 'string', [2]),
          value('sameLong', 'int64', [2]),
          value('sameHalf', 'float16', [2]),
          value('sameFlag', 'bool', [2]),
        ],
      }),
    ),
  );
