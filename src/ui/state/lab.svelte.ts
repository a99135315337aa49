/** The lab of an open model: what is evaluated on what, how far that is, and what was found. */
import type { AttributionResult } from '../../bridge/attribution.ts';
import type {
  CaseQuery,
  Contender,
  EvaluationReport,
  Lab,
  OpenLabOptions,
  Progress,
  SetChoice,
  SetFacts,
  SetOffer,
} from '../../bridge/evaluation.ts';
import type { Explanation } from '../../tasks/evaluation/explanation.ts';
import type { WebDevice } from '../../bridge/side.ts';
import { isAbort } from '../../core/errors.ts';
import type { Files } from '../../tasks/files.ts';
import type { LinkedSet } from '../link/link.ts';
import { nothingKeyed, withEntries, type Keyed } from '../lab/keyed.ts';
import { notedOf } from '../lab/noted.ts';
import { Pace } from '../lab/pace.ts';
import { firstChoice } from '../lab/set-choice.ts';
import { problemOf, type Problem } from '../problem.ts';
import { LabQueue, type LabJob } from './lab-queue.svelte.ts';
import { announcer } from './announcer.svelte.ts';
import { variantName } from './variants.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

/** What can be looked at in the lab. */
export type LabSection =
  'quality' | 'cases' | 'pareto' | 'calibration' | 'confusion' | 'speed' | 'attribution';

/** What of the workspace the lab needs. */
export type LabHost = Pick<Workspace, 'variants' | 'shown' | 'filesOf'> & {
  readonly task: Pick<Workspace['task'], 'id' | 'facts'>;
  readonly file: { readonly extras: Files };
};

export type { LabJob } from './lab-queue.svelte.ts';

export class LabState {
  section = $state<LabSection>('quality');
  device = $state<WebDevice>('wasm');
  offers = $state.raw<readonly SetOffer[]>([]);
  /** The set that the next run is on; undefined before the offers are known. */
  choice = $state.raw<SetChoice | undefined>();
  /** The set that is chosen at first, where a link names one. */
  preferred: LinkedSet | undefined;
  /** The visitor's own data set. */
  files = $state.raw<Files>(nothingKeyed());
  /** The set that was measured on last. */
  set = $state.raw<SetFacts | undefined>();
  /** What is shown of the variants that were chosen by hand, and those that were left out so. */
  marks = $state.raw<Keyed<boolean>>(nothingKeyed());
  /** The variant whose results are looked at; '' for the newest. */
  looked = $state('');
  /** The cases that are looked for. */
  query = $state.raw<CaseQuery>({ order: 'grave' });
  reports = $state.raw<Keyed<EvaluationReport>>(nothingKeyed());
  attributions = $state.raw<Keyed<AttributionResult>>(nothingKeyed());
  /** By variant and example: `ID:12`. */
  explanations = $state.raw<Keyed<Explanation>>(nothingKeyed());
  readonly #host: LabHost;
  readonly #open: (options: OpenLabOptions) => Promise<Lab>;
  #lab: Promise<Lab> | undefined;
  #loaded = '';
  #loadedFiles: Files | undefined;
  readonly #queue = new LabQueue();

  constructor(host: LabHost, open: (options: OpenLabOptions) => Promise<Lab>) {
    this.#host = host;
    this.#open = open;
  }

  /** What is under way. */
  get job(): LabJob | undefined {
    return this.#queue.job;
  }

  /** What failed last. */
  get problem(): Problem | undefined {
    return this.#queue.problem;
  }

  set problem(problem: Problem | undefined) {
    this.#queue.problem = problem;
  }

  /** The task whose examples are evaluated; undefined before it is known. */
  get task(): LabHost['task']['id'] {
    return this.#host.task.id;
  }

  /** The chosen set as a link can tell it; undefined for the visitor's own files, which stay here. */
  get linked(): LinkedSet | undefined {
    return this.choice?.id === 'files' ? undefined : this.choice;
  }

  /** The variant that others are held against: what stands on the left. */
  get reference(): string {
    return this.#host.shown.original;
  }

  /** Variants to evaluate, what stands on the right first. */
  get contenders(): readonly string[] {
    const { compressed } = this.#host.shown;
    const ids = this.#host.variants.all.map(({ id }) => id).filter((id) => this.isChosen(id));
    return [...ids.filter((id) => id === compressed), ...ids.filter((id) => id !== compressed)];
  }

  isChosen(id: string): boolean {
    if (id === this.reference) return false;
    return this.marks.get(id) ?? id === this.#host.shown.compressed;
  }

  choose(id: string, chosen: boolean): void {
    this.marks = withEntries(this.marks, [[id, chosen]]);
  }

  /** Reports against what stands on the left now, in the order of the variants. */
  get current(): readonly EvaluationReport[] {
    return this.#host.variants.all.flatMap(({ id }) => {
      const report = this.reports.get(id);
      return report?.reference === this.reference ? [report] : [];
    });
  }

  /** The report that is looked at: the one that was chosen, or what stands on the right, or the last. */
  get report(): EvaluationReport | undefined {
    const { current } = this;
    const of = (id: string) => current.find(({ variant }) => variant === id);
    return of(this.looked) ?? of(this.#host.shown.compressed) ?? current[current.length - 1];
  }

  /** Finds out what sets there are. Never rejects. */
  async start(): Promise<void> {
    if (this.offers.length > 0) return;
    try {
      const { offers } = await this.#opened();
      this.offers = offers;
      this.choice ??= firstChoice(offers, this.preferred);
    } catch (error) {
      if (!isAbort(error)) this.problem = problemOf('The lab could not be opened.', error);
    }
  }

  /** Ends its workers and forgets what was found: another task, or the model was closed. */
  close(): void {
    this.stop();
    void this.#lab?.then((lab) => lab.close()).catch(() => undefined);
    this.#lab = undefined;
    this.#forget();
    this.offers = [];
    this.choice = undefined;
  }

  /** Stops what is under way; what was found stays. */
  stop(): void {
    this.#queue.stop();
  }

  /** Evaluates variants against the reference, one after the other. Never rejects. */
  run(ids: readonly string[] = this.contenders): Promise<void> {
    const first = ids[0];
    if (first === undefined) return Promise.resolve();
    // They stay chosen when others come to stand on the right.
    this.marks = withEntries(
      this.marks,
      ids.map((id) => [id, true] as const),
    );
    const what = 'The evaluation could not be run.';
    return this.#work({ kind: 'evaluate', variant: first }, what, async (lab, signal) => {
      await this.#load(lab, signal);
      const reference = await this.#contender(this.reference, signal);
      const pace = new Pace(ids.length);
      for (const [index, id] of ids.entries()) {
        if (signal.aborted) break;
        const onProgress = (progress: Progress): void =>
          this.#queue.tell({ variant: id, ...pace.of(index, progress) });
        const variant = await this.#contender(id, signal);
        const onReport = (report: EvaluationReport): void => this.#take(report);
        const { device } = this;
        this.#keep(
          await lab.evaluate(reference, variant, { device, signal, onProgress, onReport }),
        );
      }
      // Each further variant is one more test: those before are corrected for it.
      for (const id of this.reports.keys()) {
        const report = await lab.report(id);
        if (report) this.#take(report);
      }
      announcer.say(signal.aborted ? 'Stopped. What was measured stays.' : 'Evaluated.');
    });
  }

  /** Tells apart what compression and what the device's arithmetic did to a variant. Never rejects. */
  attribute(id: string): Promise<void> {
    const what = 'The error could not be told apart.';
    return this.#work({ kind: 'attribute', variant: id }, what, async (lab, signal) => {
      await this.#load(lab, signal);
      const original = await this.#contender('original', signal);
      const variant = await this.#contender(id, signal);
      const onProgress = (progress: Progress): void =>
        this.#queue.tell(new Pace(1).of(0, progress));
      const found = await lab.attribute(original, variant, { signal, onProgress });
      this.attributions = withEntries(this.attributions, [[id, found]]);
    });
  }

  /** Which layer's restoration repairs an example's answer. Never rejects. */
  explain(id: string, index: number): Promise<void> {
    const what = 'The layers could not be put back.';
    return this.#work({ kind: 'explain', variant: id, index }, what, async (lab, signal) => {
      const original = await this.#contender(this.reference, signal);
      const variant = await this.#contender(id, signal);
      const take = (so: Explanation): void => {
        this.explanations = withEntries(this.explanations, [[`${id}:${index}`, so]]);
      };
      const onProgress = (progress: Progress): void =>
        this.#queue.tell(new Pace(1).of(0, progress));
      const { device } = this;
      const options = { device, signal, onProgress, onExplanation: take };
      take(await lab.explain(original, variant, index, options));
    });
  }

  /** Examples as both answered them; undefined where nothing was evaluated. Errors: WorkerCrash. */
  async cases(id: string, query: CaseQuery): ReturnType<Lab['cases']> {
    return (await this.#opened()).cases(id, query);
  }

  /** The task's input of an example. Errors: WorkerCrash. */
  async example(index: number): ReturnType<Lab['example']> {
    return (await this.#opened()).example(index);
  }

  #work(
    about: Pick<LabJob, 'kind' | 'variant' | 'index'>,
    failed: string,
    work: (lab: Lab, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    return this.#queue.work(about, failed, async (signal) => work(await this.#opened(), signal));
  }

  #opened(): Promise<Lab> {
    if (this.#lab) return this.#lab;
    const { task, file } = this.#host;
    if (task.id === undefined || !task.facts) {
      return Promise.reject(new Error('The task is not ready yet. Try again in a moment.'));
    }
    const lab = this.#open({ task: task.id, facts: task.facts, files: file.extras });
    this.#lab = lab;
    // One that failed to open can be tried again.
    lab.catch(() => {
      if (this.#lab === lab) this.#lab = undefined;
    });
    return lab;
  }

  /** Loads the chosen set unless it is loaded. Errors: those of loading. */
  async #load(lab: Lab, signal: AbortSignal): Promise<void> {
    const choice = this.choice ?? { id: 'own' };
    const text = JSON.stringify(choice);
    const isFiles = choice.id === 'files';
    if (this.#loaded === text && (!isFiles || this.#loadedFiles === this.files)) return;
    this.#forget();
    this.#queue.tell({ doing: isFiles ? 'reading the files' : 'drawing the examples' });
    this.set = await lab.load(choice, isFiles ? this.files : undefined, signal);
    this.#loaded = text;
    this.#loadedFiles = this.files;
  }

  #forget(): void {
    this.#loaded = '';
    this.set = undefined;
    this.reports = nothingKeyed();
    this.attributions = nothingKeyed();
    this.explanations = nothingKeyed();
  }

  async #contender(id: string, signal: AbortSignal): Promise<Contender> {
    const record = this.#host.variants.get(id);
    if (!record) throw new Error('This variant was deleted meanwhile. Choose another one.');
    return { id, name: variantName(record), files: await this.#host.filesOf(id, signal) };
  }

  #take(report: EvaluationReport): void {
    this.reports = withEntries(this.reports, [[report.variant, report]]);
  }

  /** Takes a report that is done, and its figures for the variants. */
  #keep(report: EvaluationReport): void {
    this.#take(report);
    for (const [id, figures] of notedOf(report)) this.#host.variants.note(id, figures);
  }
}

const labs = new WeakMap<Workspace, LabState>();

/** The lab of a workspace, the same as long as the model is open; it closes with the task. */
export function labOf(workspace: Workspace): LabState {
  const known = labs.get(workspace);
  if (known) return known;
  const lab = new LabState(workspace, async (options) => {
    const { openLab } = await import('../../bridge/evaluation.ts');
    return openLab(options);
  });
  labs.set(workspace, lab);
  $effect.root(() => {
    $effect(() => {
      if (!workspace.task.open) lab.close();
    });
  });
  return lab;
}
