/** An open model, the recipe for it, what the recipe made, and both of them running. */
import {
  compressInWorker,
  targetsInWorker,
  type CompressedFiles,
  type Progress,
  type Targets,
} from '../../bridge/compressor.ts';
import { abortError } from '../../bridge/errors.ts';
import { usesOwnSamples } from '../../bridge/recipe-run.ts';
import { needsOf, stepsThatNeed } from '../../core/compress/needs.ts';
import { presets } from '../../core/compress/presets.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { TimeLeft } from '../../core/compress/time-left.ts';
import { isAbort } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Inspection } from '../../core/onnx/inspect.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { missingKinds } from '../../tasks/samples/kinds.ts';
import { dataProblem } from '../data-words.ts';
import { problemOf } from '../problem.ts';
import { formatChange, recipeName } from '../words.ts';
import { announcer } from './announcer.svelte.ts';
import { LatencyMeter } from './latency.svelte.ts';
import { LedgerState } from './ledger.svelte.ts';
import { Pair } from './pair.svelte.ts';
import { signatureOf, type ReadModel } from './read-model.ts';
import { RecipeEditor } from './recipe.svelte.ts';
import { bytesOf, type Result, type Work } from './result.ts';
import { RunMonitor } from './run.svelte.ts';
import { SideState } from './side.svelte.ts';
import { TaskState } from './task.svelte.ts';
import { originalId, type Variant } from './variant.ts';
import { Variants } from './variants.svelte.ts';
import { Inspecting } from './inspecting.svelte.ts';
import type { SideName } from '../views/view.ts';

/** What there is to know beside the outputs. */
export type PanelId = 'receipt' | 'inspect' | 'sensitivity' | 'lab';

/** Milliseconds without a further change before a recipe is tried. */
const debounce = 200;

export class Workspace {
  readonly file: ModelFile;
  readonly inspection: Inspection;
  /** What it takes and gives. */
  readonly interface: { readonly inputs: readonly InputSpec[]; readonly outputs: Signature[] };
  readonly unrunnable: string;
  readonly bytes: number;
  readonly recipe = new RecipeEditor(() => this.#schedule());
  readonly original = new SideState('Original', () => this.#reopened());
  readonly compressed = new SideState('Compressed', () => this.#reopened());
  readonly originalLedger = new LedgerState();
  readonly compressedLedger = new LedgerState();
  readonly latency = new LatencyMeter();
  /** Nothing is measured beside a training, which needs the processor. */
  readonly pair = new Pair(
    this.original,
    this.compressed,
    this.latency,
    () => this.work.status === 'working',
  );
  readonly task: TaskState;
  readonly run = new RunMonitor();
  /** Kinds of samples that there are not for this model, and why. */
  readonly missingData: ReturnType<typeof missingKinds>;
  work = $state.raw<Work>({ status: 'idle' });
  readonly variants: Variants;
  /** The variant on each side; '' for none. The old one stays while a newer one is made. */
  shown = $state.raw<Readonly<Record<SideName, string>>>({ original: originalId, compressed: '' });
  readonly inspecting = new Inspecting(() => (this.panel = 'inspect'));
  /** Names of the weights that each technique can change, once known. */
  targets = $state.raw<Targets | undefined>();
  /** The panel that is shown beside the outputs. */
  panel = $state<PanelId>('receipt');
  /** Changes whenever a side was opened. */
  generation = $state(0);
  readonly #made: (result: Result) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #working: AbortController | undefined;
  #life = new AbortController();
  /** The visitor's samples when the result was made. */
  #madeOn = $state.raw<ReadonlyMap<string, Blob> | undefined>();

  /** What stands on the right. */
  readonly result: Variant | undefined = $derived.by(() =>
    this.variants.get(this.shown.compressed),
  );
  readonly needs = $derived(needsOf(this.recipe.recipe));
  /** The recipe trains or searches: that takes minutes. */
  readonly isLong = $derived(this.needs.has('training') || this.needs.has('search'));
  /** Why the recipe can't be tried for want of samples; '' where it can. */
  readonly obstacle = $derived.by(() =>
    dataProblem(this.recipe.recipe, this.missingData, this.run.own.size),
  );
  /** The recipe trains or searches, and not as the result did: it waits for the visitor's word. */
  readonly waits = $derived.by(() => {
    const { recipe } = this.recipe;
    const { result } = this;
    if (!this.isLong) return false;
    const other = usesOwnSamples(recipe) && this.#madeOn !== this.run.own;
    return other || !result || longPart(recipe) !== longPart(result.recipe);
  });

  /** `made` hears of every new result. */
  constructor({ file, inspection, inputs, unrunnable }: ReadModel, made: (result: Result) => void) {
    this.file = file;
    this.inspection = inspection;
    this.interface = { inputs, outputs: inspection.outputs.map(signatureOf) };
    this.unrunnable = unrunnable;
    this.bytes = bytesOf(file);
    this.variants = new Variants(file);
    this.task = new TaskState(this.interface, file.extras);
    this.missingData = missingKinds(this.interface, file.extras.keys());
    this.#made = made;
  }

  /** Opens the original, and what was made of it before, or makes something of it. */
  start(earlier: Result | undefined): void {
    this.#life = new AbortController();
    void this.original.open(this.file);
    if (!this.unrunnable) void this.task.start();
    void this.originalLedger.measure(this.file);
    void this.#findTargets();
    if (earlier) {
      this.recipe.reset(earlier.recipe);
      this.#madeOn = this.run.own;
      this.#show(earlier);
    } else {
      this.recipe.reset(presets.int8.recipe);
      void this.#compress();
    }
  }

  /** Ends all workers; the files stay. */
  close(): void {
    clearTimeout(this.#timer);
    this.#life.abort(abortError('The model was closed.'));
    this.#working?.abort(abortError('The model was closed.'));
    this.task.close();
    this.latency.reset();
    this.originalLedger.stop();
    this.compressedLedger.stop();
    this.original.close();
    this.compressed.close();
  }

  /** Stops the recipe that is being tried; the result before it stays. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#working?.abort(abortError('Stopped.'));
    this.run.training.drop();
    this.work = { status: 'idle' };
    announcer.say('Stopped. The result before is unchanged.');
  }

  /** Tries the recipe again, after it failed or was stopped; trains or searches where it waits for that. */
  retry(): void {
    void this.#compress();
  }

  /** Takes files as the visitor's samples; a recipe that looks at them is tried anew. */
  chooseSamples(files: ReadonlyMap<string, Blob>): void {
    this.run.own = files;
    if (usesOwnSamples(this.recipe.recipe)) this.#schedule();
  }

  /** Takes up the training that an earlier session left, where it was left. */
  goOn(): void {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    this.run.own = unfinished.own;
    this.recipe.replace(unfinished.recipe);
    void this.#compress();
  }

  /** The same training from its first step. */
  async startAnew(): Promise<void> {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    await this.run.training.discard();
    this.run.own = unfinished.own;
    this.recipe.replace(unfinished.recipe);
    void this.#compress();
  }

  /** The model lies in the library, where an earlier session may have left a training of it. */
  identify(id: string): void {
    void this.run.training.find(id);
  }

  #reopened(): void {
    this.latency.reset();
    this.generation++;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.waits || this.obstacle) this.#hold();
      else void this.#compress();
    }, debounce);
  }

  /** Ends the work on another recipe; what is kept of a training stays. */
  #hold(): void {
    this.#working?.abort(abortError('Another recipe took its place.'));
    this.work = { status: 'idle' };
  }

  async #compress(): Promise<void> {
    clearTimeout(this.#timer);
    this.#working?.abort(abortError('Another recipe took its place.'));
    const working = (this.#working = new AbortController());
    const { recipe } = this.recipe;
    if (recipe.steps.length === 0) {
      this.#clear();
      return;
    }
    this.work = { status: 'working' };
    try {
      const { own } = this.run;
      const { trace, onnx, external } = await this.#apply(recipe, working.signal);
      const files = { onnx, external };
      const result = { recipe, files, bytes: bytesOf(files), trace };
      this.work = { status: 'idle' };
      this.#madeOn = own;
      this.#show(result);
      announcer.say(`${recipeName(recipe)}: ${formatChange(this.bytes, result.bytes)} in size.`);
      this.#made(result);
    } catch (error) {
      if (working.signal.aborted || isAbort(error)) return;
      this.work = {
        status: 'failed',
        problem: problemOf('The recipe could not be applied.', error),
      };
    }
  }

  #apply(recipe: Recipe, signal: AbortSignal): Promise<CompressedFiles> {
    const timeLeft = new TimeLeft();
    const onProgress = (progress: Progress): void => {
      const left = timeLeft.of(progress, this.run.now());
      this.work = { status: 'working', progress, ...(left === undefined ? {} : { left }) };
    };
    if (needsOf(recipe).size === 0) {
      return compressInWorker(this.file, recipe, { signal, onProgress });
    }
    const { device } = this.compressed;
    return this.run.apply(this.file, recipe, { signal, device, onProgress });
  }

  #clear(): void {
    this.work = { status: 'idle' };
    this.shown = { ...this.shown, compressed: '' };
    this.compressedLedger.clear();
    this.compressed.close();
    this.#reopened();
  }

  #show(result: Result): void {
    const known = this.variants.find(result.recipe);
    const variant = known ?? this.variants.add(result, this.shown.compressed || originalId);
    this.shown = { ...this.shown, compressed: variant.id };
    const searched = result.trace.flatMap(({ search = [] }) => search);
    // One from the cache told nothing while it was made.
    if (searched.length > 0) this.run.search = searched;
    void this.compressed.open(result.files);
    void this.compressedLedger.measure(result.files);
  }

  async #findTargets(): Promise<void> {
    // Without them every technique is offered, and its notes say what it left alone.
    this.targets = await targetsInWorker(this.file, this.#life.signal).catch(() => undefined);
  }
}

/** A recipe up to its last step that trains or searches; what comes after takes no such time. */
function longPart(recipe: Recipe): string {
  const steps = [...stepsThatNeed(recipe, 'training'), ...stepsThatNeed(recipe, 'search')];
  return JSON.stringify([recipe.seed, recipe.steps.slice(0, Math.max(-1, ...steps) + 1)]);
}
