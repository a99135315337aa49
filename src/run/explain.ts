/**
 * Says what went wrong inside onnxruntime, in words that name the thing and the remedy. Its own
 * messages (both builds word them alike) are written for its developers; the original is kept as the
 * error's cause.
 */
import { formatBytes, RuntimeError } from '../core/errors.ts';
import { dtypes } from '../core/onnx/types.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly say: (groups: readonly string[], message: string) => string;
}

const olderOpset = 'Export the model again for an older opset or without that operator.';

const creating: readonly Explanation[] = [
  {
    pattern: /no available backend found\. ERR: (.*)/s,
    say: ([why = '']) =>
      `onnxruntime could not start: ${tidy(why)} Check that you are online, then reload the page.`,
  },
  {
    pattern:
      /In Node, \("([^"]*)", (\w+), "([^"]*)".*No Op registered for \w+ with domain_version of (\d+)/s,
    say: ([node, operator, domain, opset]) =>
      `${operatorNamed(operator, domain, node)} does not exist in opset ${opset}, or is newer than this onnxruntime. ${olderOpset}`,
  },
  {
    pattern: /In Node, \("([^"]*)", (\w+), "([^"]*)".*No opset import for domain/s,
    say: ([node, operator, domain]) =>
      `${operatorNamed(operator, domain, node)} belongs to a domain that the model does not import. Export the model again.`,
  },
  {
    pattern: /Fatal error: ([\w.-]*):(\w+)\([-\d]*\) is not a registered function\/op/,
    say: ([domain, operator]) =>
      `${operatorNamed(operator, domain)} is unknown to this onnxruntime. ${olderOpset}`,
  },
  {
    pattern:
      /Could not find an implementation for (?:([\w.-]+)\.)?(\w+)\((\d+)\) node with name '([^']*)'/,
    say: ([domain, operator, , node]) =>
      `${operatorNamed(operator, domain, node)} has no implementation for its types on this device. Choose another device, or export the model as float32.`,
  },
  {
    pattern:
      /Type Error: Type '([^']*)' of input parameter \(([^)]*)\) of operator \((\w+)\) in node \(([^)]*)\)/,
    say: ([type, input, operator, node]) =>
      `${operatorNamed(operator, '', node)} can't take "${input}", which is ${type}. The model is damaged; export it again.`,
  },
  {
    pattern: /Opset (\d+) is under development.*?for domain (\S+) is till opset (\d+)/s,
    say: ([opset, domain, newest]) =>
      `The model uses opset ${opset} of ${domain}; this onnxruntime knows opsets up to ${newest}. Export it for an older opset.`,
  },
  {
    pattern: /Unsupported data type: (\d+)/,
    say: ([type]) =>
      `An input or output of the model is ${dtypes[Number(type)] ?? `of type ${type}`}, which onnxruntime can't pass to JavaScript. Put a Cast there and export the model again.`,
  },
  {
    pattern: /ShapeInferenceError\]? ?(.*)/,
    say: ([what], message) =>
      `${nodeIn(message)}: the shapes of the model do not fit together (${what}). Export it again.`,
  },
  {
    pattern: /requires? a feature|shader-f16|f16 extension/i,
    say: () =>
      'The model computes in float16, which this graphics adapter does not offer. Choose WASM, or export the model as float32.',
  },
];

const running: readonly Explanation[] = [
  {
    pattern: /Session already disposed|invalid session id|session has been released/i,
    say: () => 'This session was released. Open the model again.',
  },
  {
    pattern: /while running (\w+) node\. Name:'([^']*)' Status Message: (.*)/s,
    say: ([operator, node, what]) =>
      `${operatorNamed(operator, '', node)} failed: ${tidy(what ?? '')}`,
  },
];

const memory =
  /bad_alloc|out of memory|OOM|failed to allocate|allocation fail|could not allocate|Array buffer allocation|memory access out of bounds|integer overflow|shape is too large/i;

/** Why a session could not be created. `weightBytes`: how large the model's weights are. */
export function explainCreate(error: unknown, weightBytes: number): RuntimeError {
  const message = messageOf(error);
  if (isOutOfMemory(error)) {
    return because(
      error,
      `There is not enough memory to open this model, whose weights take ${formatBytes(weightBytes)}. ` +
        'Close the other side or other tabs, or open a smaller model.',
    );
  }
  return because(
    error,
    explained(creating, message) ?? `The model can't be opened: ${tidy(message)}`,
  );
}

/** Why a run failed. */
export function explainRun(error: unknown): RuntimeError {
  if (isOutOfMemory(error)) {
    return because(
      error,
      'There is not enough memory for this run. Feed fewer values at once, or open the model again.',
    );
  }
  const message = messageOf(error);
  const found = explained(running, message) ?? explained(creating, message);
  return because(error, found ?? `The run failed: ${tidy(message)}`);
}

function explained(explanations: readonly Explanation[], message: string): string | undefined {
  for (const { pattern, say } of explanations) {
    const match = pattern.exec(message);
    if (match) return say(match.slice(1), message);
  }
  return undefined;
}

/** C++ exceptions that onnxruntime-web does not catch arrive as the number of their address. */
const isOutOfMemory = (error: unknown): boolean =>
  typeof error === 'number' || memory.test(messageOf(error));

function because(error: unknown, message: string): RuntimeError {
  return error instanceof RuntimeError ? error : new RuntimeError(message, { cause: error });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function operatorNamed(operator = '', domain = '', node = ''): string {
  const from = domain === '' || domain === 'ai.onnx' ? '' : ` of ${domain}`;
  return `The operator ${operator}${from}${node === '' ? '' : ` (node "${node}")`}`;
}

function nodeIn(message: string): string {
  const [, name = '', operator] = /Node \(([^)]*)\) Op \((\w+)\)/.exec(message) ?? [];
  return operator ? operatorNamed(operator, '', name) : 'The model';
}

/** The message without onnxruntime's source files and function signatures, at most a few lines long. */
function tidy(message: string): string {
  const text = message
    .replace(/^.*?ERROR_MESSAGE: ?/s, '')
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/\S*\/onnxruntime\/\S+:\d+ \S.*?\) (?=[A-Z\S])/s, '')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = text.length > 400 ? `${text.slice(0, 400)}…` : text;
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
