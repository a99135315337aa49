/** Every kind of problem is found, told with its place and remedy, and none is found in sound models. */
import { describe, expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { problemsOf } from '../../../src/core/onnx/check.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { Graph, Model, Node, ValueInfo } from '../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { entries } from '../../tar.ts';
import { modelOf, zeros } from './sketches.ts';

const kinds = (one: Model): string[] =>
  problemsOf(one).map(({ kind, severity }) => `${severity} ${kind}`);
const messages = (one: Model): string[] => problemsOf(one).map(({ message }) => message);
const relu = (from: string, to: string): Node => node('Relu', [from], [to], { name: `${to} node` });
const withInputs = (...inputs: ValueInfo[]): Model =>
  model(
    graph({ nodes: [node('Identity', ['x'], ['y'])], inputs, outputs: [value('y', 'float32')] }),
  );

test('a sound model has none', () => {
  expect(problemsOf(modelOf([relu('x', 'y')]))).toEqual([]);
});

describe('versions', () => {
  const sound = modelOf([relu('x', 'y')]);

  test('newer than onnxruntime', () => {
    expect(messages({ ...sound, irVersion: 14 })).toEqual([
      'The file has IR version 14; onnxruntime 1.30 reads up to 13. Export the model with an older onnx package.',
    ]);
    const newest = { ...sound, opsetImports: [{ domain: 'ai.onnx', version: 27 }] };
    expect(messages(newest)).toEqual([
      'The model uses version 27 of the operators of ai.onnx; onnxruntime 1.30 has up to 26. ' +
        'Export it for opset 26 or older.',
    ]);
  });

  test('very old, and not told', () => {
    expect(kinds({ ...sound, opsetImports: [{ version: 6 }] })).toEqual(['warning older-opset']);
    expect(messages({ ...sound, opsetImports: [{ domain: 'com.microsoft', version: 1 }] })).toEqual(
      [
        'The model does not say which version of the operators of ai.onnx it means (node "y node" (Relu) ' +
          'is one). onnxruntime takes its newest; export the model again to be sure.',
      ],
    );
  });
});

describe('operators', () => {
  test('unknown ones, each told once', () => {
    const nodes = [node('Frobnicate', ['x'], ['a']), node('Frobnicate', ['a'], ['y'])];
    expect(problemsOf(modelOf(nodes))).toEqual([
      {
        kind: 'unknown-operator',
        severity: 'error',
        place: 'the Frobnicate that makes "a" and 1 more',
        message:
          'onnxruntime has no operator "Frobnicate" (used by the Frobnicate that makes "a" and 1 more). ' +
          'Export the model with standard operators, or with a function that defines this one.',
      },
    ]);
  });

  test('unknown domains', () => {
    const tokenizer = node('BertTokenizer', ['x'], ['y'], { domain: 'ai.onnx.contrib' });
    expect(kinds(modelOf([tokenizer]))).toEqual(['error unknown-domain']);
    expect(messages(modelOf([tokenizer]))[0]).toContain('"ai.onnx.contrib.BertTokenizer"');
  });

  test('known ones of other domains, and the model’s own', () => {
    const nodes = [
      node('Gelu', ['x'], ['a'], { domain: 'com.microsoft' }),
      node('Normalizer', ['a'], ['b'], { domain: 'ai.onnx.ml' }),
      node('Mine', ['b'], ['y'], { domain: 'own' }),
    ];
    const mine = {
      name: 'Mine',
      domain: 'own',
      inputs: ['i'],
      outputs: ['o'],
      attributeNames: [],
      attributes: [],
      opsetImports: [],
      valueInfos: [],
      nodes: [relu('i', 'o')],
    };
    const imports = [
      { domain: 'ai.onnx.ml', version: 3 },
      { domain: 'own', version: 1 },
    ];
    const one = modelOf(nodes);
    const opsetImports = [...one.opsetImports, ...imports];
    expect(problemsOf({ ...one, opsetImports, functions: [mine] })).toEqual([]);
    const broken = { ...mine, nodes: [relu('j', 'o')], outputs: ['p'] };
    expect(messages({ ...one, opsetImports, functions: [broken] })).toEqual([
      'Nothing makes the value "j" that node "o node" (Relu) in function "own.Mine" uses. ' +
        'The graph is damaged; export the model again.',
      'Nothing makes the output "p" in function "own.Mine". The graph is damaged; export the model again.',
    ]);
  });

  test('too many and too few inputs; empty names at the end do not count', () => {
    expect(messages(modelOf([node('Add', ['x', 'x', 'x'], ['y'])]))).toEqual([
      'The Add that makes "y" has 3 inputs where Add takes 2. The graph is damaged; export the model again.',
    ]);
    expect(kinds(modelOf([node('Clip', ['x', '', '', ''], ['y'])]))).toEqual([]);
    expect(messages(modelOf([node('Conv', ['x'], ['y'])]))[0]).toContain('takes 2 to 3');
    expect(messages(modelOf([node('Concat', [], ['y'])]))[0]).toContain('takes 1 or more');
  });
});

describe('names', () => {
  test('a value that nothing makes, in the main graph and in a branch', () => {
    expect(problemsOf(modelOf([relu('lost', 'y')]))).toEqual([
      {
        kind: 'missing-value',
        severity: 'error',
        place: 'node "y node" (Relu)',
        message:
          'Nothing makes the value "lost" that node "y node" (Relu) uses. The graph is damaged; export the model again.',
      },
    ]);
    const branch = (from: string): Graph =>
      graph({ nodes: [relu(from, 'b')], inputs: [], outputs: [value('b', 'float32')] });
    const choice = node('If', ['x'], ['y'], {
      name: 'if',
      attributes: { then_branch: branch('lost'), else_branch: branch('x') },
    });
    expect(messages(modelOf([choice]))).toEqual([
      'Nothing makes the value "lost" that node "b node" (Relu) in then_branch of node "if" (If) uses. ' +
        'The graph is damaged; export the model again.',
    ]);
  });

  test('outputs that nothing makes, that come from outside, or that are not there', () => {
    expect(messages(modelOf([relu('x', 'z')]))).toEqual([
      'Nothing makes the output "y". The graph is damaged; export the model again.',
    ]);
    const outside = graph({ nodes: [], inputs: [], outputs: [value('x', 'float32')] });
    const choice = node('If', ['x'], ['y'], { attributes: { then_branch: outside } });
    expect(messages(modelOf([choice]))[0]).toContain('Pass it through an Identity node.');
    const none = { ...modelOf([]), graph: { ...modelOf([]).graph, outputs: [] } };
    expect(messages(none)).toEqual([
      'The graph has no outputs. The graph is damaged; export the model again.',
    ]);
  });

  test('a value made twice; an initializer as the default of an input is none', () => {
    expect(messages(modelOf([relu('x', 'y'), node('Tanh', ['x'], ['y'])]))).toEqual([
      'The value "y" is made a second time by the Tanh that makes "y". The graph is damaged; export the model again.',
    ]);
    expect(kinds(modelOf([relu('x', 'x')]))).toContain('error duplicate-value');
    const twice = [zeros('w', [2]), zeros('w', [2])];
    expect(kinds(modelOf([node('Add', ['x', 'w'], ['y'])], twice))).toEqual([
      'error duplicate-value',
    ]);
    expect(kinds(modelOf([node('Add', ['x', 'w'], ['y'])], [zeros('w', [2])], ['x', 'w']))).toEqual(
      [],
    );
  });

  test('a name of the outer graph made again in a branch; two branches may share names', () => {
    const branch = (made: string): Graph =>
      graph({ nodes: [relu('x', made)], inputs: [], outputs: [value(made, 'float32')] });
    const choice = (then: string, otherwise: string): Node =>
      node('If', ['c'], ['y'], {
        attributes: { then_branch: branch(then), else_branch: branch(otherwise) },
      });
    const cast = node('Cast', ['x'], ['c'], { attributes: { to: 9 } });
    expect(kinds(modelOf([cast, choice('b', 'b')]))).toEqual([]);
    expect(kinds(modelOf([cast, choice('c', 'b')]))).toEqual(['error duplicate-value']);
  });

  test('a cycle, also through a branch; nodes in any order are none', () => {
    expect(kinds(modelOf([relu('a', 'y'), relu('x', 'a')]))).toEqual([]);
    expect(
      messages(modelOf([relu('y', 'a'), relu('c', 'b'), relu('b', 'c'), relu('c', 'y')])),
    ).toEqual([
      'The input of node "c node" (Relu) depends on its own output. The graph is damaged; export the model again.',
    ]);
    const body = graph({
      nodes: [relu('late', 'b')],
      inputs: [],
      outputs: [value('b', 'float32')],
    });
    const choice = node('If', ['x'], ['y'], { attributes: { then_branch: body } });
    expect(kinds(modelOf([choice, relu('y', 'late')]))).toEqual(['error cycle']);
  });
});

describe('inputs and sizes', () => {
  test('text, sequences and types without arrays', () => {
    expect(messages(withInputs(value('x', 'string', ['n'])))).toEqual([
      'The input "x" is text, for which no values can be made up here. The model can be compressed; ' +
        'to compare it, export it without that part.',
    ]);
    expect(kinds(withInputs({ name: 'x', type: { sequenceType: {} } }))).toEqual([
      'warning unusual-type',
    ]);
    expect(kinds(withInputs(value('x', 'bfloat16', [1])))).toEqual(['error unusual-type']);
    expect(kinds(withInputs(value('x', 'float16', [1])))).toEqual([]);
  });

  test('no room for values; lists may be empty', () => {
    expect(messages(withInputs(value('x', 'float32', ['n', 0, 3])))).toEqual([
      'The input "x" has the dims [n, 0, 3] and so never holds a value. Export the model with the sizes ' +
        'that it is meant for, or with free ones.',
    ]);
    const nodes = [node('MatMul', ['x', 'w'], ['y'])];
    expect(kinds(modelOf(nodes, [zeros('w', [0, 4]), zeros('list', [0])]))).toEqual([
      'warning zero-size',
    ]);
  });
});

test('many of a kind are counted, and long names cut', () => {
  const nodes = Array.from({ length: 1000 }, (_, index) => relu(`lost ${index}`, `y${index}`));
  const problems = problemsOf(modelOf([...nodes, relu('x', 'y')]));
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)).toMatchObject({
    kind: 'missing-value',
    place: 'elsewhere',
    message: '980 more of the same kind in other places.',
  });
  const long = problemsOf(modelOf([relu('lost'.repeat(100_000), 'y')]));
  expect(long[0]?.message.length).toBeLessThan(300);
});

test('a graph of 20,000 nodes in one ring', { timeout: 20_000 }, () => {
  const count = 20_000;
  const ring = Array.from({ length: count }, (_, index) =>
    relu(`v${(index + 1) % count}`, `v${index}`),
  );
  expect(kinds(modelOf([...ring, relu('x', 'y')]))).toEqual(['error cycle']);
});

/** Operators that only ONNX's next version or its training preview have. */
const future =
  /causal_conv_with_state|linear_attention|swiglu|flexattention|adam|adagrad|momentum|gradient/;

test.skipIf(!hasShared)(
  `onnxruntime knows what ONNX's own tests use${hasShared ? '' : ` (${skipReason})`}`,
  { timeout: 20_000 },
  async () => {
    const archive = entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'));
    const wrong: string[] = [];
    for (const [name, bytes] of archive) {
      if (!name.endsWith('.onnx') || future.test(name)) continue;
      const problems = problemsOf(await readOnnx({ onnx: Uint8Array.from(bytes) }));
      const errors = problems.filter(
        ({ kind, severity }) =>
          severity === 'error' && kind !== 'newer-opset' && kind !== 'unusual-type',
      );
      wrong.push(...errors.map(({ message }) => `${name}: ${message}`));
    }
    expect(wrong).toEqual([]);
  },
);
