/** The lab's desk: holds a task, a set of examples and what models said to them, and reckons. Models run in workers of their own. */
import { ModelError } from '../src/core/errors.ts';
import type { Repair } from '../src/core/evaluate/restored.ts';
import type { ModelFiles } from '../src/core/runtime.ts';
import { EvaluationBook, type RunFacts } from '../src/tasks/evaluation/book.ts';
import type { SidePair } from '../src/tasks/evaluation/divergences.ts';
import { Examiner, type RunEnd } from '../src/tasks/evaluation/examiner.ts';
import { classLabels } from '../src/tasks/evaluation/labels.ts';
import { apartMeasure } from '../src/tasks/evaluation/cases.ts';
import type { Distance } from '../src/tasks/evaluation/explanation.ts';
import { measureWords, repairOf } from '../src/tasks/evaluation/repair.ts';
import { answeredIn, apartOf } from '../src/tasks/evaluation/records.ts';
import type {
  Attribution,
  CaseQuery,
  SetChoice,
  SetFacts,
} from '../src/tasks/evaluation/report.ts';
import { filesOffer, loadSet, ownSet, type DrawnSet } from '../src/tasks/evaluation/sets.ts';
import type { ModelFacts } from '../src/tasks/facts.ts';
import type { Files } from '../src/tasks/files.ts';
import { tasks, type AnyTask, type TaskId } from '../src/tasks/index.ts';
import type { Chunk, Plan } from '../src/tasks/loops/loop.ts';
import type { PairRecord, WorstDecision } from '../src/tasks/record.ts';
import { Restoration } from './lab-restoration.ts';
import { drawnSets } from './lab-sets.ts';
import { serve } from './serve.ts';

interface Desk {
  readonly examiner: Examiner;
  readonly drawn: readonly DrawnSet[];
  readonly labels: readonly string[];
  set?: { readonly facts: SetFacts; readonly book: EvaluationBook };
}

let desk: Desk | undefined;
/** Sets that were asked for so far. */
let loads = 0;
/** Of examples that all three sides of an attribution answered: one record for each of its pairs. */
let attributed: (readonly PairRecord[])[] = [];

function theDesk(): Desk {
  if (desk) return desk;
  throw new ModelError('No task is open in the lab. Open one first.');
}

function theSet(): NonNullable<Desk['set']> {
  const { set } = theDesk();
  if (set) return set;
  throw new ModelError('No examples are loaded. Choose a set first.');
}

/** An answer of a restored model, and by what its distance was measured. */
export interface RepairedAnswer {
  readonly repair: Repair;
  readonly measure: Distance;
  /** Of several decisions the one that changed most. */
  readonly worst?: WorstDecision;
}

/** The last pair of models whose layers were put back: other examples of it are likely to follow. */
let restoration: { readonly pair: string; readonly found: Restoration } | undefined;

/** Tokens that are written to measure speed. */
const speedTokens = 32;

const api = {
  /** Makes the task ready; gives the sets that there are. Errors: ModelError that names the file at fault. */
  async open(id: TaskId, facts: ModelFacts, files: Files) {
    const task = tasks[id] as AnyTask;
    const examiner = new Examiner(task, await task.prepare(facts, files));
    const { info } = examiner.prepared;
    const drawn = drawnSets(id, info);
    desk = { examiner, drawn, labels: classLabels(info) };
    const own = ownSet(examiner.prepared);
    return [...drawn.map(({ offer }) => offer), ...(own ? [own] : []), filesOffer];
  },

  /** Errors: ModelError that names the file. */
  async load(choice: SetChoice, files?: Files): Promise<SetFacts> {
    const own = theDesk();
    const { examiner, drawn, labels } = own;
    const turn = ++loads;
    examiner.letGo();
    const { facts, examples } = await loadSet(choice, examiner.prepared, drawn, files);
    // Nobody waits any more for one that was given up for another.
    if (turn !== loads) return facts;
    examiner.examples = examples;
    const names = examples.map(({ name }) => name);
    own.set = { facts, book: new EvaluationBook(examiner.task, facts, names, labels) };
    return facts;
  },

  example(index: number) {
    const { name, input } = theDesk().examiner.example(index);
    return { name, input };
  },

  ask: (index: number, pairs: readonly SidePair[]) => theDesk().examiner.ask(index, pairs),
  take: (side: string, chunks: readonly Chunk[]) => theDesk().examiner.take(side, chunks),
  settle: (ends: Readonly<Record<string, RunEnd>>) => theDesk().examiner.settle(ends),

  /** Plans that write, for measuring how fast; none for tasks that write nothing. */
  async speedPlans(): Promise<readonly Plan[]> {
    const { prepared } = theDesk().examiner;
    const plans: Plan[] = [];
    for (const { input } of prepared.examples.slice(0, 4)) {
      const plan = await prepared.plan(input);
      if (plan.loop !== 'generate') continue;
      plans.push({ ...plan, request: { ...plan.request, limit: speedTokens, ends: [] } });
    }
    return plans;
  },

  begin(facts: RunFacts): void {
    theSet().book.begin(facts);
  },
  /** `settle`, noted in the run of a variant. */
  async note(variant: string, ends: Readonly<Record<string, RunEnd>>): Promise<void> {
    const [record] = await theDesk().examiner.settle(ends);
    if (record) theSet().book.add(variant, record);
  },
  update: (facts: RunFacts) => theSet().book.update(facts),
  report: (variant: string) => theDesk().set?.book.report(variant),
  cases: (variant: string, query: CaseQuery) => theSet().book.cases(variant, query),

  /** Finds the layers that a variant holds differently; a `pair` that was asked for last is not compared again. Errors: ModelError. */
  async beginRestoration(pair: string, original: ModelFiles, variant: ModelFiles) {
    if (restoration?.pair !== pair) {
      restoration = { pair, found: await Restoration.open(original, variant) };
    }
    return restoration.found.found;
  },
  /** What this side says to the example is kept; whether it has been already. */
  keepAnswer(index: number, side: string): boolean {
    const { examiner } = theDesk();
    examiner.keep(index, side);
    return examiner.keeps(index, side);
  },
  /** The variant with these weights as in the original; undefined where that can't be. */
  restored: (keys: readonly string[]) => restoration?.found.files(keys),
  /** `settle`, of a restored model against the reference; undefined where either gave no answer. `watched`: the place of the decision that is to come back. */
  async repair(
    ends: Readonly<Record<string, RunEnd>>,
    watched?: number,
  ): Promise<RepairedAnswer | undefined> {
    const { examiner } = theDesk();
    const records = await examiner.settle(ends);
    const [answered] = answeredIn(records);
    if (!answered) return undefined;
    const { worst } = records[0] ?? {};
    const at = watched ?? worst?.at;
    const measure = apartMeasure(examiner.task.figures);
    return {
      repair: repairOf(answered, measure, at),
      measure: measureWords(answered, measure),
      ...(worst ? { worst } : {}),
    };
  },
  /** Lets go of the answer that was kept; the models' differences stay for another example. */
  endRestoration: () => theDesk().examiner.letGo(),

  /** Begins an attribution. */
  beginAttribution(): void {
    attributed = [];
  },
  /** `settle`, of an attribution's three pairs; whether all sides answered. */
  async attribute(ends: Readonly<Record<string, RunEnd>>): Promise<boolean> {
    const records = await theDesk().examiner.settle(ends);
    const whole = answeredIn(records).length === records.length;
    if (whole) attributed.push(records);
    return whole;
  },
  attribution(): Attribution {
    const { figures } = theDesk().examiner.task;
    const part = (at: number) =>
      apartOf(
        figures,
        answeredIn(attributed.flatMap((records) => (records[at] ? [records[at]] : []))),
      );
    return {
      set: theSet().facts,
      n: attributed.length,
      compression: part(0),
      backend: part(1),
      total: part(2),
    };
  },
};

export type LabApi = typeof api;
serve(api);
