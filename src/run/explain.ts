/**
 * Says what went wrong inside onnxruntime, in words that name the thing and the remedy. Its own
 * messages are written for its developers, and its web build leaves out where things happened; the
 * original is kept as the error's cause.
 */
import { formatBytes, RuntimeError } from '../core/errors.ts';
import { dtypes, type Model } from '../core/onnx/types.ts';
import { nodesOf } from '../core/onnx/walk.ts';

/** The named groups of a match. */
type Groups = Readonly<Partial<Record<string, string>>>;

interface Explanation {
  readonly pattern: RegExp;
  /** `named` describes the operator that the groups `operator`, `domain` and `node` point at. */
  readonly say: (groups: Groups, named: () => string) => string;
}

const explanations: readonly Explanation[] = [
  {
    pattern: /requires f16|shader-f16/,
    say: () =>
      'The model computes in float16, which this graphics adapter does not offer. Choose WASM, or export the model as float32.',
  },
  {
    pattern: /no available backend found\. ERR: (?<why>.*)/s,
    say: ({ why = '' }) =>
      `onnxruntime could not start: ${tidy(why)} Check that you are online, then reload the page.`,
  },
  {
    pattern:
      /(?:\("(?<node>[^"]*)", \w+, "(?<domain>[^"]*)".*)?No Op registered for (?<operator>\w+) with domain_version of (?<opset>\d+)/s,
    say: ({ opset }, named) =>
      `${named()} does not exist in opset ${opset ?? ''} as onnxruntime knows it. Export the model again for another opset or without that operator.`,
  },
  {
    pattern:
      /(?:\("(?<node>[^"]*)", (?<operator>\w+), .*)?No opset import for domain '(?<domain>[^']*)'/s,
    say: (_, named) =>
      `${named()} belongs to a domain that the model does not import. Export the model again.`,
  },
  {
    pattern:
      /Fatal error: (?<domain>[\w.-]*):(?<operator>\w+)\([-\d]*\) is not a registered function/,
    say: (_, named) =>
      `${named()} is unknown to onnxruntime. Export the model again without that operator.`,
  },
  {
    pattern:
      /Could not find an implementation for (?:(?<domain>[\w.-]+)\.)?(?<operator>\w+)\(\d+\) node with name '(?<node>[^']*)'/,
    say: (_, named) =>
      `${named()} has no implementation for its types on this device. Choose another device, or export the model as float32.`,
  },
  {
    pattern: /Provider type for (?<operator>\w+) node with name '(?<node>[^']*)' is not set/,
    say: (_, named) =>
      `${named()} has no implementation for its types on this device. Choose another device, or export the model as float32.`,
  },
  {
    pattern:
      /Type '(?<type>[^']*)' of input parameter \((?<input>[^)]*)\) of operator \((?<operator>\w+)\) in node \((?<node>[^)]*)\)/,
    say: ({ input = '', type = '' }, named) =>
      `${named()} can't take "${input}", which is ${type}. The model is damaged; export it again.`,
  },
  {
    pattern:
      /Opset (?<opset>\d+) is under development.*?for domain (?<of>\S+) is till opset (?<newest>\d+)/s,
    say: ({ opset = '', of = '', newest = '' }) =>
      `The model uses opset ${opset} of ${of}; this onnxruntime knows opsets up to ${newest}. Export it for an older opset.`,
  },
  {
    pattern: /Unsupported data type: (?<type>\d+)/,
    say: ({ type = '' }) =>
      `An input or output of the model is ${dtypes[Number(type)] ?? `of type ${type}`}, which onnxruntime can't pass to JavaScript. Put a Cast there and export the model again.`,
  },
  {
    pattern:
      /(?:Node \((?<node>[^)]*)\) Op \((?<operator>\w+)\) )?\[ShapeInferenceError\] (?<what>.*)/,
    say: ({ operator, what = '' }, named) =>
      `${operator ? named() : 'The model'}: its shapes do not fit together (${tidy(what)}) Export the model again.`,
  },
  {
    pattern: /non[- ]tensor type/i,
    say: () =>
      "An output of the model is no tensor. Models with sequences or maps can't be run here.",
  },
  {
    pattern: /already disposed|invalid session id/i,
    say: () => 'This session was released. Open the model again.',
  },
  {
    pattern:
      /while running (?<operator>\w+) node\. Name:'(?<node>[^']*)' Status Message: (?<what>.*)/s,
    say: ({ what = '' }, named) => `${named()} failed: ${tidy(what)}`,
  },
];

const memory =
  /bad_alloc|out of memory|OOM|failed to allocate|allocation fail|could not allocate|memory access out of bounds|integer overflow|shape is too large/i;

/** Why a session could not be created. `weightBytes`: how large the model's weights are. */
export function explainCreate(error: unknown, model: Model, weightBytes: number): RuntimeError {
  const short =
    `There is not enough memory to open this model, whose weights take ${formatBytes(weightBytes)}. ` +
    'Close the other side or other tabs, or open a smaller model.';
  return explain(error, model, short, "The model can't be opened");
}

/** Why a run failed. */
export function explainRun(error: unknown, model: Model): RuntimeError {
  const short =
    'There is not enough memory for this run. Feed fewer values at once, or open the model again.';
  return explain(error, model, short, 'The run failed');
}

function explain(error: unknown, model: Model, short: string, otherwise: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // C++ exceptions that onnxruntime-web does not catch arrive as the number of their address.
  const isShort = typeof error === 'number' || memory.test(message);
  const said = isShort ? short : (explained(message, model) ?? `${otherwise}: ${tidy(message)}`);
  return new RuntimeError(said, { cause: error });
}

function explained(message: string, model: Model): string | undefined {
  for (const { pattern, say } of explanations) {
    const match = pattern.exec(message);
    if (!match) continue;
    const groups: Groups = match.groups ?? {};
    return say(groups, () => describe(groups, model));
  }
  return undefined;
}

/** `The operator MatMulNBits of com.microsoft (node "n1")`, with what the model knows of it. */
function describe(place: Groups, model: Model): string {
  const same = (one: string | undefined, other: string): boolean => !one || one === other;
  const found = [...nodesOf(model)].find(
    ({ opType, domain, name }) =>
      same(place.operator, opType) && same(place.domain, domain) && same(place.node, name),
  );
  const operator = place.operator ?? found?.opType ?? '';
  const domain = place.domain ?? found?.domain ?? '';
  const node = place.node ?? found?.name ?? '';
  const from = domain === '' || domain === 'ai.onnx' ? '' : ` of ${domain}`;
  return `The operator ${operator}${from}${node === '' ? '' : ` (node "${node}")`}`;
}

/** The message without onnxruntime's codes, source files and functions, and not too long. */
function tidy(message: string): string {
  const text = message
    .replace(/^.*?ERROR_MESSAGE: ?/s, '')
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/\S*\/onnxruntime\/\S+:\d+ .*? was false\. /s, '')
    .replace(/\S*\/onnxruntime\/\S+:\d+ \S.*?\) (?=\S)/s, '')
    .replace(/^\w+\.(?:cc|h):\d+ \w+ /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = text.length > 400 ? `${text.slice(0, 400)}…` : text;
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
