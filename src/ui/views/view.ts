/** What every view of a model is given, and nothing else: no storage, no workers. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Feeds, Value } from '../../core/runtime.ts';
import type { Chunk, Plan } from '../../tasks/loops/loop.ts';
import type { Sums } from '../../tasks/tally.ts';
import type { PreparedTask } from '../../tasks/task.ts';

export interface SideRun {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly milliseconds: number;
}

/** Both sides on the same input; `compressed` is absent while there is none. */
export interface PairRun {
  readonly original: SideRun;
  readonly compressed?: SideRun;
}

export type SideName = 'original' | 'compressed';

/** What one side has done of a plan. */
export interface SideNews {
  readonly side: SideName;
  /** All chunks so far. */
  readonly chunks: readonly Chunk[];
  /** Time that this side has run, without the other's turns. */
  readonly milliseconds: number;
  /** Of it, until the first chunk. */
  readonly firstMilliseconds: number;
  readonly done: boolean;
  /** Why this side stopped early; the other goes on. */
  readonly problem?: string;
}

/** A prepared task whose tokenizer or processor lives in a worker. */
export type OpenTask<Input = unknown, Answer = unknown, Info = unknown> = Pick<
  PreparedTask<Input, Answer, Info>,
  'info' | 'examples' | 'plan' | 'answer' | 'inputFrom'
>;

/** For views that show the task's figures: reckoned where the task is, since some take long. */
export interface ComparingTask<Answer> {
  /** What the figures say of a compressed model's answer beside the original's. */
  compare(answer: Answer, original: Answer): Promise<Sums>;
}

/** An input that the page hands to the view: a case of the lab, or of a link. */
export interface GivenInput {
  /** As the view's task takes it. */
  readonly input: unknown;
  /** What it is called. */
  readonly name: string;
  /** Of which task it is; of any where nobody says. */
  readonly task?: string;
  /** Another one for each that is handed over. */
  readonly turn: number;
}

export interface ViewProps<Task extends OpenTask = OpenTask> {
  /** What the original must be fed. */
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly Signature[];
  readonly task: Task;
  /** What each side is called: "Original" and "Compressed" unless the visitor put other variants there. */
  readonly names: Readonly<Record<SideName, string>>;
  /**
   * Runs both sides one after the other. Rejects with words to show; a call that a later one overtakes
   * rejects with AbortError.
   */
  readonly runPair: (feeds: Feeds) => Promise<PairRun>;
  /**
   * Runs a plan on both sides, which take turns of some tens of milliseconds; `onNews` hears of every
   * turn. Resolves when both are done or have failed. A call that a later one overtakes, or whose
   * signal is aborted, rejects with AbortError.
   */
  readonly runPlan: (
    plan: Plan,
    onNews: (news: SideNews) => void,
    signal?: AbortSignal,
  ) => Promise<void>;
  /** Changes whenever a side was opened, so that the view runs its input again. */
  readonly generation: number;
  /** Handed over by the page, to be shown and run; absent until there is one. */
  readonly given?: GivenInput | undefined;
  /** Hears of the input that is shown, whenever it is another one. */
  readonly onInput?: (input: unknown) => void;
}
