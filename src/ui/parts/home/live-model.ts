/** An embedded model and its smaller version, running: the card's own small workspace. Loaded when a card is touched. */
import { compressInWorker } from '../../../bridge/compressor.ts';
import { openSide, type Side } from '../../../bridge/side.ts';
import { openTask, type TaskInWorker } from '../../../bridge/task.ts';
import { formatBytes } from '../../../core/errors.ts';
import { gather, onnxAmong } from '../../../store/model-file.ts';
import type { ClassAnswer } from '../../../tasks/classes.ts';
import { imageOf } from '../../../tasks/digits.ts';
import type { EmbeddingsAnswer } from '../../../tasks/embeddings.ts';
import { factsOf } from '../../../tasks/facts.ts';
import { taskFor, type TaskId } from '../../../tasks/index.ts';
import type { Chunk, Plan } from '../../../tasks/loops/loop.ts';
import type { GenerationAnswer } from '../../../tasks/text-generation.ts';
import type { ModelCard } from '../../../zoo/card.ts';
import type { Glimpse, GlimpseKind } from '../../../zoo/glimpse.ts';
import { embedded } from '../../state/embedded.svelte.ts';
import type { SideName } from '../../views/view.ts';
import type { LiveInputs } from './card-answers.svelte.ts';
import { runtimeBytes } from './runtime-size.ts';
import { storyLength } from './story-length.ts';

/** Milliseconds of one side before it is the other one's turn. */
const turn = 40;

type OnAnswer = (side: SideName, answer: unknown) => void;

export interface LiveModel {
  /** Lets both models answer in turns; tells each answer as it grows. Errors: those of the run, the signal's reason. */
  ask(input: unknown, onAnswer: OnAnswer, signal: AbortSignal): Promise<void>;
  /** Ends the workers. */
  close(): void;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  /** What is being done, and the share of the whole that is done. */
  readonly onStage: (words: string, share: number) => void;
  /** Hears once when a worker dies. */
  readonly onLost: (reason: string) => void;
}

/** How a card's question becomes the task's input, and the task's answer the card's. */
const kinds: {
  readonly [K in GlimpseKind]: {
    readonly input: (asked: LiveInputs[K]) => unknown;
    readonly answer: (answer: unknown) => unknown;
  };
} = {
  digit: {
    input: (strokes) => ({ image: imageOf(strokes) }),
    answer: (answer) => (answer as ClassAnswer).probabilities,
  },
  text: {
    input: (text) => ({ text }),
    answer: (answer) => (answer as ClassAnswer).probabilities,
  },
  likeness: {
    input: (texts) => ({ texts }),
    answer: (answer) => (answer as EmbeddingsAnswer).similarities[0]?.[1] ?? NaN,
  },
  story: {
    input: (prompt) => ({ kind: 'write', prompt, limit: storyLength }),
    answer: (answer) => (answer as GenerationAnswer).tokens.map(({ text }) => text),
  },
};

/** Fetches the model, makes the smaller one, and opens both. Errors: ModelError, RuntimeError, WorkerCrash, the signal's reason. */
export async function startLive(
  card: ModelCard,
  { recipe, name, kind }: Glimpse,
  { signal, onStage, onLost }: StartOptions,
): Promise<LiveModel> {
  const opened: { close(): void }[] = [];
  const close = (): void => opened.forEach((one) => one.close());
  const kept = <T extends { close(): void }>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    onStage(`Fetching the model, ${formatBytes(card.bytes)} …`, 0);
    const files = await embedded.load(card);
    signal.throwIfAborted();
    const file = await gather(onnxAmong(files)[0]!, files);
    onStage(`Making the ${name} version …`, 0.2);
    const small = await compressInWorker(file, recipe, { signal });
    onStage(`Starting the runtime, ${formatBytes(runtimeBytes)} once …`, 0.3);
    const original = kept(await openSide(file, 'wasm', { signal }));
    onStage(`Starting the ${name} version …`, 0.7);
    const compressed = kept(await openSide(small, 'wasm', { signal }));
    onStage('Reading how it is used …', 0.9);
    const facts = await factsOf(
      { inputs: await original.inputSpecs(), outputs: original.outputs },
      file.extras,
    );
    const task = kept(await openTask(taskFor(facts).id, facts, file.extras, signal));
    for (const side of [original, compressed]) void side.lost.then(onLost);
    const { answer } = kinds[kind];
    // The card of a kind asks what that kind takes.
    const input = kinds[kind].input as (asked: unknown) => unknown;
    return {
      close,
      ask: (asked, onAnswer, stop) => {
        const hear: OnAnswer = (side, said) => onAnswer(side, answer(said));
        return askBoth(task, { original, compressed }, input(asked), hear, stop);
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

interface Answering {
  readonly name: SideName;
  readonly side: Side;
  readonly chunks: Chunk[];
  done: boolean;
}

async function askBoth(
  task: TaskInWorker<TaskId>,
  sides: Readonly<Record<SideName, Side>>,
  input: unknown,
  onAnswer: OnAnswer,
  signal: AbortSignal,
): Promise<void> {
  const plan: Plan = await task.plan(input as never);
  const both = (['original', 'compressed'] as const).map((name): Answering => ({
    name,
    side: sides[name],
    chunks: [],
    done: false,
  }));
  for (const { side } of both) await side.begin(plan);
  try {
    while (both.some(({ done }) => !done)) {
      for (const one of both) {
        if (one.done) continue;
        signal.throwIfAborted();
        const { chunks, done } = await one.side.advance(turn);
        one.chunks.push(...chunks);
        one.done = done;
        onAnswer(one.name, await task.answer(one.chunks, input as never));
      }
    }
  } finally {
    for (const { side } of both) await side.end().catch(() => undefined);
  }
}
