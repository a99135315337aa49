/** The lab of an open model: what is evaluated on what, how far that is, and what was found. */
import type { AttributionResult } from '../../bridge/attribution.ts';
import type {
  CaseQuery,
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
import { LabDesk, type LabHost } from './lab-desk.ts';
import { LabQueue, type LabJob } from './lab-queue.svelte.ts';
import { announcer } from './announcer.svelte.ts';

/** What can be looked at in the lab. */
export type LabSection =
  'quality' | 'cases' | 'pareto' | 'calibration' | 'confusion' | 'speed' | 'attribution';

export type { LabHost } from './lab-desk.ts';
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
  readonly #desk: LabDesk;
  readonly #queue = new LabQueue();

  constructor(host: LabHost, open: (options: OpenLabOptions) => Promise<Lab>) {
    this.#host = host;
    this.#desk = new LabDesk(host, open);
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
      const { offers } = await this.#desk.opened();
      this.offers = offers;
      this.choice ??= firstChoice(offers, this.preferred);
    } catch (error) {
      if (!isAbort(error)) this.problem = problemOf('The lab could not be opened.', error);
    }
  }

  /** Ends its workers and forgets what was found: another task, or the model was closed. */
  close(): void {
    this.stop();
    this.#desk.close();
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
      await this.#load(signal);
      const reference = await this.#desk.contender(this.reference, signal);
      const pace = new Pace(ids.length);
      for (const [index, id] of ids.entries()) {
        if (signal.aborted) break;
        const onProgress = (progress: Progress): void =>
          this.#queue.tell({ variant: id, ...pace.of(index, progress) });
        const variant = await this.#desk.contender(id, signal);
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
      await this.#load(signal);
      const original = await this.#desk.contender('original', signal);
      const variant = await this.#desk.contender(id, signal);
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
      const original = await this.#desk.contender(this.reference, signal);
      const variant = await this.#desk.contender(id, signal);
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
    return (await this.#desk.opened()).cases(id, query);
  }

  /** The task's input of an example. Errors: WorkerCrash. */
  async example(index: number): ReturnType<Lab['example']> {
    return (await this.#desk.opened()).example(index);
  }

  #work(
    about: Pick<LabJob, 'kind' | 'variant' | 'index'>,
    failed: string,
    work: (lab: Lab, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    return this.#queue.work(about, failed, async (signal) =>
      work(await this.#desk.opened(), signal),
    );
  }

  /** Loads the chosen set unless it is loaded. Errors: those of loading. */
  async #load(signal: AbortSignal): Promise<void> {
    const choice = this.choice ?? { id: 'own' };
    const doing = choice.id === 'files' ? 'reading the files' : 'drawing the examples';
    const loaded = await this.#desk.load(choice, this.files, signal, () => {
      this.#forget();
      this.#queue.tell({ doing });
    });
    if (loaded) this.set = loaded;
  }

  #forget(): void {
    this.set = undefined;
    this.reports = nothingKeyed();
    this.attributions = nothingKeyed();
    this.explanations = nothingKeyed();
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
