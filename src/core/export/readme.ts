/** README.md of an exported model: what it is, and the lines that use it. */
import type { ExportDtype } from './dtype.ts';
import { originalReadme } from './companions.ts';

/** How transformers.js' pipelines are called, by the end of an architecture's name. */
const pipelines: readonly (readonly [end: string, task: string, input: string])[] = [
  ['ForSequenceClassification', 'text-classification', "'A quiet triumph.'"],
  ['ForTokenClassification', 'token-classification', "'Ada lives in London.'"],
  ['ForQuestionAnswering', 'question-answering', "'Who?', 'Ada wrote it.'"],
  ['ForMaskedLM', 'fill-mask', "'Paris is the [MASK] of France.'"],
  ['ForCausalLM', 'text-generation', "'Once upon a time', { max_new_tokens: 40 }"],
  ['LMHeadModel', 'text-generation', "'Once upon a time', { max_new_tokens: 40 }"],
  ['WhisperForConditionalGeneration', 'automatic-speech-recognition', "'speech.wav'"],
  ['ForConditionalGeneration', 'text2text-generation', "'Some text'"],
  ['ForImageClassification', 'image-classification', "'picture.png'"],
  ['ForObjectDetection', 'object-detection', "'picture.png'"],
  ['ForSemanticSegmentation', 'image-segmentation', "'picture.png'"],
  ['ForDepthEstimation', 'depth-estimation', "'picture.png'"],
  ['ForImageSuperResolution', 'image-to-image', "'picture.png'"],
  ['ForCTC', 'automatic-speech-recognition', "'speech.wav'"],
  ['ForAudioClassification', 'audio-classification', "'sound.wav'"],
  ['Model', 'feature-extraction', "'A sentence.', { pooling: 'mean', normalize: true }"],
];

/**
 * The pipeline for a configuration, with an input to try; undefined where none is known. A bare model
 * without a tokenizer looks at pictures.
 */
export function pipelineOf(
  config: Readonly<Record<string, unknown>> | undefined,
  hasTokenizer: boolean,
): { readonly task: string; readonly input: string } | undefined {
  const architectures = config?.['architectures'];
  const name: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const found = pipelines.find(([end]) => typeof name === 'string' && name.endsWith(end));
  if (found?.[1] === 'feature-extraction' && !hasTokenizer) {
    return { task: 'image-feature-extraction', input: "'picture.png'" };
  }
  return found && { task: found[1], input: found[2] };
}

export interface ReadmeFacts {
  readonly name: string;
  readonly file: string;
  readonly dtype: ExportDtype;
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly hasTokenizer: boolean;
  readonly hasRecipe: boolean;
  readonly hasReport: boolean;
  readonly hasOriginalReadme: boolean;
}

/** Markdown. Names come from strangers: what Markdown would take for its own is taken from them. */
export function readmeOf(facts: ReadmeFacts): string {
  const { config, dtype, file, hasOriginalReadme, hasRecipe, hasReport } = facts;
  const name = plain(facts.name);
  const pipeline = pipelineOf(config, facts.hasTokenizer);
  const front = [
    '---',
    'library_name: transformers.js',
    ...(pipeline ? [`pipeline_tag: ${pipeline.task}`] : []),
    '---',
  ];
  const rows = [
    `- \`onnx/${plain(file)}\`: the model`,
    ...(hasRecipe
      ? ['- `recipe.json`: what was done to it; Scrunch does the same again from it']
      : []),
    ...(hasReport
      ? ['- `report.html`, `report.json`: what that cost, and how it was measured']
      : []),
    ...(hasOriginalReadme
      ? [`- \`${originalReadme}\`: of the model it was made from; its terms hold`]
      : []),
  ];
  return [
    ...front,
    '',
    `# ${name}`,
    '',
    hasRecipe ? 'Compressed with Scrunch.' : 'Exported with Scrunch.',
    '',
    ...rows,
    '',
    ...(pipeline ? usage(name, dtype, pipeline) : noPipeline(file)),
    '',
  ].join('\n');
}

const usage = (
  name: string,
  dtype: ExportDtype,
  { task, input }: { task: string; input: string },
) => [
  '## Use',
  '',
  'Put this folder where transformers.js looks for models (`env.localModelPath`), or upload it to the Hub.',
  '',
  '```js',
  "import { pipeline } from '@huggingface/transformers';",
  '',
  `// config.json names the dtype, ${dtype}: there is nothing to set.`,
  `const model = await pipeline('${task}', '${name}');`,
  `console.log(await model(${input}));`,
  '```',
];

const noPipeline = (file: string): readonly string[] => [
  '## Use',
  '',
  `Its configuration names no task that transformers.js has a pipeline for. onnxruntime runs \`onnx/${plain(file)}\`.`,
];

/** Letters, digits and a few signs, on one line. */
const plain = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N} ._,+()/-]/gu, '')
    .slice(0, 120)
    .trim() || 'model';
