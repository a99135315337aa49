/** What an upgrade does to a model as a whole: imports, names, refusals. */
import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../src/core/errors.ts';
import { float, graph, node } from '../../../src/core/onnx/build.ts';
import { opsetOf } from '../../../src/core/onnx/opset.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { rules } from '../../../src/core/onnx/upgrade/table.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { floats, modelOf, single, type Case } from './upgrade-case.ts';

const bytesOf = async (one: Model): Promise<Uint8Array> =>
  new Uint8Array(await writeOnnx(one).onnx.arrayBuffer());
const unsqueeze: Case = {
  nodes: single('Unsqueeze', ['X'], { axes: [0] }),
  inputs: { X: [2] },
};

describe('imports', () => {
  test('a model that is there already comes back as it is', async () => {
    const there = modelOf(21, { nodes: single('Relu', ['X']), inputs: { X: [2] } });
    expect(await upgradeOpset(there, 21)).toBe(there);
    expect(await upgradeOpset(there, 17)).toBe(there);
  });

  test.each([
    [21, 10],
    [25, 13],
  ])('opset %i needs IR version %i', async (version, irVersion) => {
    const upgraded = await upgradeOpset(modelOf(11, unsqueeze), version);
    expect([opsetOf(upgraded), upgraded.irVersion]).toEqual([version, irVersion]);
    const later = await upgradeOpset({ ...modelOf(11, unsqueeze), irVersion: 14 }, version);
    expect(later.irVersion).toBe(14);
  });

  test('versions that the rules do not know are refused', async () => {
    await expect(upgradeOpset(modelOf(11, unsqueeze), 26)).rejects.toThrow(RangeError);
    await expect(upgradeOpset(modelOf(11, unsqueeze), 13)).rejects.toThrow(RangeError);
  });

  test('a model without ai.onnx gets its import', async () => {
    const contrib = {
      ...modelOf(8, unsqueeze),
      opsetImports: [{ domain: 'ai.onnx.ml', version: 3 }],
    };
    const upgraded = await upgradeOpset(contrib, 21);
    expect(upgraded.opsetImports.map(({ domain, version }) => [domain, version])).toEqual([
      ['ai.onnx.ml', 3],
      ['', 21],
    ]);
    expect(upgraded.graph).toBe(contrib.graph);
  });

  test('the original stays as it was', async () => {
    const original = modelOf(11, unsqueeze);
    const before = await bytesOf(original);
    await upgradeOpset(original, 25);
    expect(await bytesOf(original)).toEqual(before);
  });

  test('initializers of IR version 3 are no inputs; from 4 on they are defaults', async () => {
    const old = modelOf(8, { ...unsqueeze, initializers: [floats('X', [2])] });
    const upgraded = await upgradeOpset({ ...old, irVersion: 3 }, 21);
    expect(upgraded.graph.inputs).toEqual([]);
    const kept = await upgradeOpset({ ...old, irVersion: 4 }, 21);
    expect(kept.graph.inputs.map(({ name }) => name)).toEqual(['X']);
  });
});

describe('names and constants', () => {
  test('constants take names that are free and are shared', async () => {
    const nodes = [
      node('Unsqueeze', ['X'], ['axes'], { attributes: { axes: [0] } }),
      node('Unsqueeze', ['axes'], ['U'], { attributes: { axes: [0] } }),
      node('Unsqueeze', ['U'], ['Y'], { attributes: { axes: [1] } }),
    ];
    const { graph: upgraded } = await upgradeOpset(modelOf(11, { nodes, inputs: { X: [2] } }), 21);
    expect(upgraded.nodes.map(({ inputs }) => inputs[1])).toEqual(['axes_1', 'axes_1', 'axes_2']);
    expect(upgraded.initializers.map(({ name }) => name)).toEqual(['axes_1', 'axes_2']);
  });

  test('operators of other domains, and unknown ones, are left alone', async () => {
    const nodes = [
      node('Clip', ['X'], ['A'], { domain: 'elsewhere', attributes: { min: float(0) } }),
      ...['constructor', '__proto__', 'toString'].map((opType) => node(opType, ['A'], [opType])),
    ];
    const old = modelOf(11, { nodes, inputs: { X: [2] } });
    expect((await upgradeOpset(old, 21)).graph).toBe(old.graph);
  });

  test('ai.onnx by its full name is the same domain', async () => {
    const old = modelOf(11, unsqueeze);
    const nodes = old.graph.nodes.map((one) => ({ ...one, domain: 'ai.onnx' }));
    const named = {
      ...old,
      graph: { ...old.graph, nodes },
      opsetImports: [{ domain: 'ai.onnx', version: 11 }],
    };
    const upgraded = await upgradeOpset(named, 21);
    expect(upgraded.opsetImports).toEqual([{ domain: 'ai.onnx', version: 21 }]);
    expect(upgraded.graph.nodes[0]?.inputs).toEqual(['X', 'axes']);
  });
});

describe('what cannot be kept is refused', () => {
  const refused = async (opset: number, one: Case): Promise<string> => {
    const attempt = upgradeOpset(modelOf(opset, one), 21);
    return attempt.then(
      () => 'nothing',
      (error: unknown) => (error instanceof ModelError ? error.message : String(error)),
    );
  };

  test('a Dropout mask that is read', async () => {
    const nodes = [node('Dropout', ['X'], ['Y', 'mask'], { name: 'drop' })];
    const message = await refused(10, { nodes, inputs: { X: [2] }, outputs: ['Y', 'mask'] });
    expect(message).toBe(
      'Node "drop" (Dropout) can\'t be taken from opset 10 to 21: its mask is read, which opset 12 ' +
        'gave another meaning. Export the model again with opset 21 or newer.',
    );
  });

  test('saved statistics of a BatchNormalization in training', async () => {
    const outputs = ['Y', 'a', 'b', 'c', 'd'];
    const nodes = [node('BatchNormalization', ['X', 'S', 'B', 'M', 'V'], outputs)];
    expect(await refused(9, { nodes, inputs: { X: [2, 1] }, outputs: ['Y', 'd'] })).toContain(
      'Node "Y" (BatchNormalization)',
    );
  });

  test.each([
    ['sequences with lengths of their own', 8, scanWithLengths()],
    [
      'a type that is none',
      5,
      { nodes: single('Cast', ['X'], { to: 'FANCY' }), inputs: { X: [2] } },
    ],
    ['uneven groups', 18, grouped(4)],
    ['no groups', 18, grouped(0)],
    ['groups beyond all channels', 18, grouped(2 ** 53)],
    ['a Pad without pads', 2, { nodes: single('Pad', ['X']), inputs: { X: [2] } }],
    ['a TopK without k', 9, { nodes: single('TopK', ['X']), inputs: { X: [2] } }],
    ['Dropout in training', 6, { nodes: single('Dropout', ['X']), inputs: { X: [2] } }],
    ['an old linear Resize', 11, halfPixelLinear()],
    ['an axis out of this world', 6, farBroadcast()],
  ] as const)('%s', async (_, opset, one) => {
    expect(await refused(opset, one)).toMatch(/^Node ".*" \(\w+\) can't be taken from opset/);
  });
});

function scanWithLengths(): Case {
  const body = graph({ nodes: [], inputs: [], outputs: [] });
  return { nodes: single('Scan', ['L', 'X'], { body, num_scan_inputs: 1 }), inputs: { X: [2] } };
}

function grouped(groups: number): Case {
  const nodes = single('GroupNormalization', ['X', 'S', 'B'], { num_groups: groups });
  return { nodes, inputs: { X: [1, 6, 2] } };
}

function halfPixelLinear(): Case {
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'tf_half_pixel_for_nn' };
  return { nodes: single('Resize', ['X', '', 'S'], attributes), inputs: { X: [2] } };
}

function farBroadcast(): Case {
  const nodes = single('Add', ['X', 'B'], { broadcast: 1, axis: -(2 ** 50) });
  return { nodes, inputs: { X: [2], B: [2] } };
}

test('rules come oldest first, and none above 21', () => {
  for (const [opType, list] of Object.entries(rules)) {
    const versions = list.map(({ at }) => at);
    expect([opType, versions]).toEqual([opType, [...new Set(versions)].sort((a, b) => a - b)]);
    // So what was raised from 21 or less to 25 means the same with 21 imported.
    expect(versions.at(-1)).toBeLessThanOrEqual(21);
  }
});

test('a chain of many nodes takes little time', async () => {
  const nodes = Array.from({ length: 20_000 }, (_, at) =>
    node('Clip', [at === 0 ? 'X' : `c${at - 1}`], [`c${at}`], { attributes: { max: float(1) } }),
  );
  const { graph: upgraded } = await upgradeOpset(modelOf(7, { nodes, inputs: { X: [2] } }), 21);
  expect(new Set(upgraded.nodes.map(({ opType }) => opType))).toEqual(new Set(['Clip']));
  expect(upgraded.initializers).toHaveLength(1);
}, 30_000);
