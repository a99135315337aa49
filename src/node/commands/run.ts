import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { taskIds, tasks, type TaskId } from '../../tasks/index.ts';
import type { Given } from '../../tasks/task.ts';
import { open, type OpenModel } from '../api.ts';
import type { Arguments } from '../arguments.ts';
import { printable } from '../table.ts';
import { openTask, runTask, type Answered, type OpenTask } from '../tasks.ts';
import { didYouMean, UsageError } from '../usage.ts';
import type { Command, Surroundings } from './command.ts';

/** Lets one model or several answer inputs of their task. */
export const runCommand: Command = {
  summary: 'Run one model or several on an input: a text, an image, a sound.',
  takes: ['MODEL …'],
  flags: {
    task: {
      value: 'TASK',
      help: `What the model is for: ${taskIds.join(', ')}. Found unless given.`,
    },
    input: {
      value: 'TEXT|FILE',
      short: 'i',
      multiple: true,
      help: 'A text, or the path of a file; the task’s own examples unless given. May be repeated.',
    },
    tokens: { value: 'N', help: 'Most tokens to write, for models that write (100).' },
    temperature: { value: 'T', help: 'Samples tokens at this temperature; greedy unless given.' },
    seed: { value: 'N', help: 'The seed of the sampling (0).' },
  },
  async run(given, surroundings) {
    const { path } = surroundings;
    const [first, ...others] = given.positionals;
    if (first === undefined) throw new UsageError('MODEL is missing.');
    const named = taskOf(given);
    const model = await open(path(first));
    const task = await openTask(model, named === undefined ? {} : { task: named });
    const inputs = await inputsOf(task, given, path);
    const answers = await answersOf(first, model, task, inputs, surroundings);
    for (const other of others) {
      const more = await open(path(other));
      answers.push(...(await answersOf(other, more, task, inputs, surroundings)));
    }
    const json = {
      task: task.id,
      because: task.because,
      answers: answers.map(({ answered, ...rest }) => ({ ...rest, ...answered })),
    };
    return { json, text: describe(task, answers) };
  },
};

interface NamedAnswer {
  readonly model: string;
  readonly input: string;
  readonly answered: Answered;
}

interface NamedInput {
  readonly name: string;
  readonly input: unknown;
}

/** What one model says to every input. */
async function answersOf(
  name: string,
  model: OpenModel,
  task: OpenTask,
  inputs: readonly NamedInput[],
  { progress, runtime, signal }: Surroundings,
): Promise<NamedAnswer[]> {
  const given = inputs.map(({ input }) => input);
  const onProgress = (done: number): void => {
    progress.update(`Running ${name}`, inputs[done]?.name);
  };
  const answers = await runTask(task, model, given, { runtime, signal, onProgress });
  return answers.map((answered, at) => ({ model: name, input: inputs[at]?.name ?? '', answered }));
}

/** The task that was named. Errors: UsageError with the nearest one there is. */
export function taskOf(given: Arguments): TaskId | undefined {
  const name = given.text('task');
  if (name === undefined) return undefined;
  const found = taskIds.find((id) => id === name);
  if (found) return found;
  throw new UsageError(
    `There is no task "${name}"; there are ${taskIds.join(', ')}.${didYouMean(name, taskIds)}`,
  );
}

async function inputsOf(
  task: OpenTask,
  given: Arguments,
  path: (given: string) => string,
): Promise<readonly NamedInput[]> {
  const words = given.all('input');
  if (words.length === 0 && task.examples.length === 0) {
    throw new UsageError(`--input TEXT|FILE is missing: ${tasks[task.id].label} has no examples.`);
  }
  const named =
    words.length === 0
      ? task.examples
      : await Promise.all(
          words.map(async (word) => ({
            name: word,
            input: await task.inputFrom(await givenBy(word, path)),
          })),
        );
  return named.map(({ name, input }) => ({ name, input: withSettings(input, given) }));
}

/** A file where one of that name lies there, else the text itself. */
async function givenBy(word: string, path: (given: string) => string): Promise<Given> {
  const place = path(word);
  const info = await stat(place).catch(() => undefined);
  if (!info?.isFile()) return { text: word };
  return { file: { name: basename(place), blob: await openAsBlob(place) } };
}

/** The flags of models that write; other inputs have no such settings. */
function withSettings(input: unknown, given: Arguments): unknown {
  if (typeof input !== 'object' || input === null || !('kind' in input) || input.kind !== 'write') {
    for (const flag of ['tokens', 'temperature', 'seed']) {
      if (given.has(flag)) throw new UsageError(`--${flag} is for models that write.`);
    }
    return input;
  }
  const temperature = given.text('temperature');
  const settings = {
    ...input,
    ...(given.has('tokens') ? { limit: given.integer('tokens', 1, 1) } : {}),
  };
  if (temperature === undefined) {
    if (given.has('seed')) throw new UsageError('--seed has no effect without --temperature.');
    return settings;
  }
  if (!(Number(temperature) > 0)) {
    throw new UsageError(`--temperature is "${temperature}"; give a number above 0.`);
  }
  const seed = given.integer('seed', 0, 0);
  const sampling = { seed, temperature: Number(temperature), topK: 50, topP: 1 };
  return { ...settings, sampling };
}

function describe(task: OpenTask, answers: readonly NamedAnswer[]): string {
  const head = task.because === '' ? '' : `Task: ${tasks[task.id].label} (${task.because})`;
  const parts = answers.map(({ model, input, answered }) => {
    const { milliseconds, chunks, answer } = answered;
    const speed =
      chunks > 1
        ? `, ${chunks} steps, ${((1000 * chunks) / milliseconds).toFixed(1)} per second`
        : '';
    // What a model writes may hold line breaks, and nothing else that steers a terminal.
    const words = task.words(answer).split('\n').map(printable).join('\n');
    return `${printable(model)}: ${printable(input)}\n${words}\n(${milliseconds.toFixed(1)} ms${speed})`;
  });
  return [head, ...parts].filter((part) => part !== '').join('\n\n');
}
