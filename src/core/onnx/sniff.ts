/** Recognizes files that are not ONNX models but are often met in their place. */
import { ModelError } from '../errors.ts';

const ascii = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  String.fromCharCode(...bytes.subarray(start, end));

interface Lookalike {
  readonly what: string;
  readonly remedy: string;
  is(head: Uint8Array): boolean;
}

const startsWith =
  (...marks: readonly string[]) =>
  (head: Uint8Array): boolean =>
    marks.some((mark) => ascii(head, 0, mark.length).toLowerCase() === mark.toLowerCase());

const lookalikes: readonly Lookalike[] = [
  {
    what: 'was coded by Scrunch',
    remedy: 'Open it by itself and under its own name; it holds all files of the model.',
    is: startsWith('\x93SCRUNCH'),
  },
  {
    what: 'is empty',
    remedy: 'The download was probably cut off; download it again.',
    is: (head) => head.length === 0,
  },
  {
    what: 'is a Git-LFS pointer, not the model itself',
    remedy: 'Fetch the model with "git lfs pull", or use the download button of its page.',
    is: startsWith('version https://git-lfs'),
  },
  {
    what: 'is a web page, not a model',
    remedy: 'The address leads to a page about the model; use its direct download link.',
    is: (head) => /^\s*<(!doctype|html|head|\?xml|!--)/i.test(ascii(head)),
  },
  {
    what: 'is a JSON text, not a model',
    remedy: 'Open the .onnx file that belongs to it, or look into it: it may be an error message.',
    is: (head) => /^\s*[{[]\s*["[{\]}]/.test(ascii(head)),
  },
  {
    what: 'is a zip archive (a PyTorch checkpoint is one too)',
    remedy: 'Unpack it and open the .onnx inside, or export the checkpoint with torch.onnx.export.',
    is: startsWith('PK\x03\x04'),
  },
  {
    what: 'is compressed with gzip',
    remedy: 'Unpack it first and open the .onnx inside.',
    is: (head) => head[0] === 0x1f && head[1] === 0x8b,
  },
  {
    what: 'is a GGUF model',
    remedy: 'GGUF belongs to llama.cpp; get the ONNX export of the same model.',
    is: startsWith('GGUF'),
  },
  {
    what: 'is a TensorFlow Lite model',
    remedy: 'Convert it to ONNX with tf2onnx first.',
    is: (head) => ascii(head, 4, 8) === 'TFL3',
  },
  {
    what: 'is in the ORT format',
    remedy: 'Open the .onnx file that it was made from.',
    is: (head) => ascii(head, 4, 8) === 'ORTM',
  },
  {
    what: 'is an HDF5 file (Keras)',
    remedy: 'Convert it to ONNX with tf2onnx first.',
    is: startsWith('\x89HDF'),
  },
  {
    what: 'is a safetensors file: weights without a graph',
    remedy: 'Export the model to ONNX, for example with optimum-cli.',
    is: (head) => head[8] === 0x7b && head[9] === 0x22 && head[7] === 0 && head[6] === 0,
  },
  {
    what: 'is a Python pickle (an old PyTorch checkpoint)',
    remedy: 'Export the model to ONNX with torch.onnx.export.',
    is: (head) => head[0] === 0x80 && head[1] !== undefined && head[1] <= 5 && head[1] >= 2,
  },
];

/** How many bytes `refuseLookalike` wants to see. */
export const headLength = 64;

/** Errors: ModelError when the first bytes are those of another kind of file. */
export function refuseLookalike(head: Uint8Array): void {
  const found = lookalikes.find((one) => one.is(head));
  if (found) throw new ModelError(`This file ${found.what}. ${found.remedy}`);
}
