/** The files that each task takes as a data set of the visitor's own, in words, with a small example. */
import type { TaskId } from '../../tasks/index.ts';

export interface DataForm {
  /** What to give: a sentence or two. */
  readonly words: string;
  /** As in `<input accept>`. */
  readonly accept: string;
  /** Right answers come from the names of folders. */
  readonly folders?: true;
  /** A data set as small as can be. */
  readonly example?: { readonly name: string; readonly text: string };
}

const images = '.png,.jpg,.jpeg,.webp,.gif,.avif';
const rows = '.csv,.tsv,.jsonl,.ndjson,.json,.txt';

export const dataForms: Readonly<Record<TaskId, DataForm>> = {
  digits: {
    words:
      'A folder of images of single digits, in folders named 0 to 9; or MNIST’s own two files, images and labels (idx, gzipped or not). Images outside such folders have no right answer.',
    accept: `${images},.gz,.idx1-ubyte,.idx3-ubyte`,
    folders: true,
  },
  'image-classification': {
    words:
      'A folder of images, in folders named after the model’s classes or their numbers. Images outside such folders have no right answer.',
    accept: images,
    folders: true,
  },
  'image-to-image': {
    words:
      'Images as they should come out: they are made smaller, and the model enlarges them again.',
    accept: images,
  },
  'file-type': {
    words:
      'Files of any kind, in folders named after the model’s kinds. Files outside such folders have no right answer.',
    accept: '',
    folders: true,
  },
  audio: {
    words: 'Recordings as .wav files. Their right answers are not asked for.',
    accept: '.wav',
  },
  'text-classification': {
    words:
      'Rows of a text and its class: .csv or .tsv with the columns “text” and “label”, or .jsonl with those fields. A label is a class’s name or number. A .txt file is one text in each line, without right answers.',
    accept: rows,
    example: {
      name: 'reviews.csv',
      text: 'text,label\n"A quiet triumph, and funny too.",positive\n"Two hours that I want back.",negative\n',
    },
  },
  'sequence-to-sequence': {
    words: 'A .tsv file: in each line a text, a tab and the right answer.',
    accept: '.tsv',
    example: { name: 'pairs.tsv', text: 'hello\tHH AH L OW\nworld\tW ER L D\n' },
  },
  embeddings: {
    words:
      'Rows of two sentences and how alike people found them, on any scale: .csv, .tsv or .jsonl with the columns “sentence1”, “sentence2” and “score”. Or texts alone, one in each line of a .txt file.',
    accept: rows,
    example: {
      name: 'pairs.csv',
      text: 'sentence1,sentence2,score\nA dog runs.,A dog is running.,5\nA dog runs.,The bank is closed.,0\n',
    },
  },
  'text-generation': {
    words:
      'Texts to predict token by token: .txt files, each one text, or .jsonl and .csv with a column “text”. What a text says is its own right answer.',
    accept: rows,
    example: {
      name: 'stories.jsonl',
      text: '{"text":"Once upon a time there was a little dog."}\n{"text":"The rain fell all day, and Anna read."}\n',
    },
  },
  tensors: {
    words:
      'Inputs as .npy files whose first axis counts the samples, .npz files with inputs and outputs by name, .json arrays, or ONNX test data in folders (input_0.pb, output_0.pb).',
    accept: '.npy,.npz,.json,.pb',
    folders: true,
  },
};
