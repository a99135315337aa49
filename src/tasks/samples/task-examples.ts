/** The examples that a task brings along, as samples: for models that came with none. */
import { numbersOf } from '../../core/evaluate/values.ts';
import type { Feeds } from '../../core/runtime.ts';
import type { ModelFacts } from '../facts.ts';
import type { Files } from '../files.ts';
import type { Numbers } from './npy.ts';
import type { SampleSet } from './sample-set.ts';

type ReadText = (files: Files) => Promise<SampleSet>;

/**
 * The examples of the task that suits a model; undefined where it has none that one run takes. Errors:
 * ModelError for files beside the model that can't be read.
 */
export async function taskExamples(
  facts: ModelFacts,
  beside: Files,
  readText?: ReadText,
): Promise<SampleSet | undefined> {
  // All tasks together are much code, and most models come with samples.
  const { taskFor, tasks } = await import('../index.ts');
  const { id } = taskFor(facts);
  if (id === 'tensors' || id === 'text-generation') return undefined;
  const { examples, plan } = methodsOf(await tasks[id].prepare(facts, beside));
  const texts = examples.flatMap(({ input }) => textsIn(input));
  if (texts.length > 1 && readText) {
    const set = await readText(new Map([['examples.txt', new Blob([texts.join('\n')])]]));
    return { ...set, label: labelOf(texts.length) };
  }
  const feeds: Feeds[] = [];
  for (const { input } of examples) {
    const made = await plan(input);
    if (made.loop === 'once') feeds.push(made.request.feeds, ...(made.request.more ?? []));
  }
  return stacked(feeds);
}

interface AnyPrepared {
  readonly examples: readonly { readonly input: unknown }[];
  readonly plan: (input: unknown) => Promise<{
    readonly loop: string;
    readonly request: { readonly feeds: Feeds; readonly more?: readonly Feeds[] };
  }>;
}

const methodsOf = (prepared: unknown): AnyPrepared => {
  const { examples, plan } = prepared as AnyPrepared;
  return { examples, plan: (input) => plan.call(prepared, input) };
};

const labelOf = (count: number): string =>
  `${count} ${count === 1 ? 'example' : 'examples'} of what the model is for`;

/** The texts of an input, as tasks of text have them. */
function textsIn(input: unknown): readonly string[] {
  const { text, texts } = (input ?? {}) as { readonly text?: unknown; readonly texts?: unknown };
  const all = Array.isArray(texts) ? (texts as unknown[]) : [text];
  return all.filter((one): one is string => typeof one === 'string' && one.trim() !== '');
}

/** Feeds of the same dims one below the other; those of other dims than the first are left out. */
function stacked(feeds: readonly Feeds[]): SampleSet | undefined {
  const shapeOf = (one: Feeds): string =>
    JSON.stringify(Object.entries(one).map(([name, { dims }]) => [name, dims.slice(1)]));
  const [first] = feeds;
  if (!first) return undefined;
  const alike = feeds.filter((one) => shapeOf(one) === shapeOf(first));
  const columns = Object.keys(first).map((name): [string, Numbers] => {
    const values = alike.map((one) => one[name]!);
    const rows = values.reduce((sum, { dims }) => sum + (dims[0] ?? 1), 0);
    const data = values.flatMap((value) => Array.from(numbersOf(value)));
    return [name, { dims: [rows, ...values[0]!.dims.slice(1)], data }];
  });
  const count = columns[0]?.[1].dims[0] ?? 0;
  return count === 0 ? undefined : { label: labelOf(count), inputs: new Map(columns) };
}
