/** An open model on the bench: two variants of it side by side, the recipe that is edited, and the task. */
import { targetsInWorker, type Targets } from '../../bridge/compressor.ts';
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
import type { ModelFiles } from '../../core/runtime.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { missingKinds } from '../../tasks/samples/kinds.ts';
import { dataProblem } from '../data-words.ts';
import { problemOf } from '../problem.ts';
import type { GivenInput, SideName } from '../views/view.ts';
import { formatChange } from '../words.ts';
import { announcer } from './announcer.svelte.ts';
import { Inspecting } from './inspecting.svelte.ts';
import { LatencyMeter } from './latency.svelte.ts';
import { Making, type MakeOptions } from './making.ts';
import { Pair } from './pair.svelte.ts';
import { signatureOf, type ReadModel } from './read-model.ts';
import { bytesOf, type Result } from './result.ts';
import { RunMonitor } from './run.svelte.ts';
import { Stand } from './stand.svelte.ts';
import { TaskState } from './task.svelte.ts';
import { originalId, type Variant } from './variant.ts';
import { Variants, variantName } from './variants.svelte.ts';

/** What there is to know beside the outputs. */
export type PanelId = 'receipt' | 'inspect' | 'sensitivity' | 'lab';

/** What a workspace asks of the library, and tells it. */
export interface Shelving {
  /** A stored result; undefined where it is gone or damaged. */
  load(entry: string): Promise<Result | undefined>;
  /** A variant was made, in so many milliseconds. */
  made(variant: Variant, milliseconds: number): void;
  /** The variants, or which of them stand on the bench, are others now. */
  changed(): void;
  /** What the visitor should know of how they are kept; '' for nothing. */
  readonly words: string;
}

/** Which variants stand on the bench; '' for none. */
export type Shown = Readonly<Record<SideName, string>>;

/** Milliseconds without a further change before a recipe is tried. */
const debounce = 200;

const otherThan = (side: SideName): SideName => (side === 'original' ? 'compressed' : 'original');

export class Workspace {
  readonly file: ModelFile;
  readonly inspection: Inspection;
  /** What it takes and gives. */
  readonly interface: { readonly inputs: readonly InputSpec[]; readonly outputs: Signature[] };
  readonly unrunnable: string;
  /** Of the original. */
  readonly bytes: number;
  readonly latency = new LatencyMeter();
  /** Nothing is measured beside a training, which needs the processor. */
  readonly pair = new Pair(
    () => ({ original: this.original, compressed: this.compressed }),
    this.latency,
    () => this.isWorking,
  );
  readonly task: TaskState;
  readonly run = new RunMonitor();
  readonly variants: Variants;
  /** Kinds of samples that there are not for this model, and why. */
  readonly missingData: ReturnType<typeof missingKinds>;
  readonly inspecting = new Inspecting(() => (this.panel = 'inspect'));
  /** Names of the weights that each technique can change, once known. */
  targets = $state.raw<Targets | undefined>();
  /** The panel that is shown beside the outputs. */
  panel = $state<PanelId>('receipt');
  /** Changes whenever a side was opened, or changed places with the other. */
  generation = $state(0);
  /** The side whose recipe is edited. */
  editing = $state<SideName>('compressed');
  /** What the view shows now, as its task takes it; undefined for nothing yet. */
  input = $state.raw<unknown>();
  /** What the view shall show next. */
  given = $state.raw<GivenInput | undefined>();
  readonly #making: Making;
  readonly #shelving: Shelving;
  #stands = $state.raw({ original: this.#newStand(), compressed: this.#newStand() });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #life = new AbortController();
  /** What stood on the bench in an earlier session, until it stands there again. */
  #restoring: Shown | undefined;
  /** The recipe is being brought in line with what stands there: nothing is to be made. */
  #aligning = false;

  /** The variant on each side; '' for none. The old one stays while a newer one is made. */
  readonly shown: Shown = $derived({
    original: this.#stands.original.variant?.id ?? '',
    compressed: this.#stands.compressed.variant?.id ?? '',
  });
  /** What stands on the right. */
  readonly result: Variant | undefined = $derived(this.variantOn('compressed'));
  readonly isWorking = $derived(
    Object.values(this.#stands).some(({ work }) => work.status === 'working'),
  );
  readonly needs = $derived(needsOf(this.recipe.recipe));
  /** The recipe trains or searches: that takes minutes. */
  readonly isLong = $derived(this.needs.has('training') || this.needs.has('search'));
  /** Why the recipe can't be tried for want of samples; '' where it can. */
  readonly obstacle = $derived.by(() =>
    dataProblem(this.recipe.recipe, this.missingData, this.run.own.size),
  );
  /** The recipe trains or searches, and not as what stands there did: it waits for the visitor's word. */
  readonly waits = $derived.by(() => {
    const { recipe } = this.recipe;
    const standing = this.variantOn(this.editing);
    if (!this.isLong || this.#isHere(recipe)) return false;
    return !standing || longPart(recipe) !== longPart(standing.recipe);
  });
  /** What each side is called: by its variant where the visitor put others there than at first. */
  readonly names: Readonly<Record<SideName, string>> = $derived.by(() => {
    const { original, compressed } = this.shown;
    const isUsual = original === originalId || original === '';
    if (isUsual && compressed !== originalId) return usualNames;
    const name = (side: SideName): string => {
      const variant = this.variantOn(side);
      return variant ? variantName(variant) : usualNames[side];
    };
    const [left, right] = [name('original'), name('compressed')];
    if (left !== right) return { original: left, compressed: right };
    return { original: `${left}, left`, compressed: `${right}, right` };
  });

  constructor({ file, inspection, inputs, unrunnable }: ReadModel, shelving: Shelving) {
    this.file = file;
    this.inspection = inspection;
    this.interface = { inputs, outputs: inspection.outputs.map(signatureOf) };
    this.unrunnable = unrunnable;
    this.bytes = bytesOf(file);
    this.#shelving = shelving;
    this.variants = new Variants(this.bytes, () => shelving.changed());
    this.task = new TaskState(this.interface, file.extras);
    this.missingData = missingKinds(this.interface, file.extras.keys());
    this.#making = new Making(
      this,
      (entry) => shelving.load(entry),
      (...made) => shelving.made(...made),
    );
    this.#stands.original.variant = this.#making.atHand(originalId);
  }

  /** What stands on the left. */
  get original(): Stand['side'] {
    return this.#stands.original.side;
  }

  /** What stands on the right. */
  get compressed(): Stand['side'] {
    return this.#stands.compressed.side;
  }

  get originalLedger(): Stand['ledger'] {
    return this.#stands.original.ledger;
  }

  get compressedLedger(): Stand['ledger'] {
    return this.#stands.compressed.ledger;
  }

  /** The recipe of the side that is edited. */
  get recipe(): Stand['recipe'] {
    return this.#stands[this.editing].recipe;
  }

  /** The making of what the edited recipe gives. */
  get work(): Stand['work'] {
    return this.#stands[this.editing].work;
  }

  /** What is being made for a side. */
  workOf(side: SideName): Stand['work'] {
    return this.#stands[side].work;
  }

  /** What stands on a side, with its newest name and figures. */
  variantOn(side: SideName): Variant | undefined {
    const { variant } = this.#stands[side];
    return variant && { ...variant, ...this.variants.get(variant.id) };
  }

  /** What the visitor should know of how variants are kept; '' for nothing. */
  get unkept(): string {
    return this.#shelving.words;
  }

  /** What stands on the bench, or shall once it is brought there. */
  get standing(): Shown {
    return this.#restoring ?? this.shown;
  }

  nameOf(side: SideName): string {
    return this.names[side];
  }

  /** Opens what stood on the bench, or `earlier`, or makes something of the original. */
  start(earlier?: Shown): void {
    this.#life = new AbortController();
    if (!this.unrunnable) void this.task.start();
    void this.#findTargets();
    const { original, compressed } = this.#stands;
    original.open();
    if (compressed.variant) compressed.open();
    else if (earlier) void this.#restore(earlier);
    else {
      compressed.recipe.reset(presets.int8.recipe);
      void this.#try(compressed);
    }
  }

  /** Ends all workers; the files stay. */
  close(): void {
    clearTimeout(this.#timer);
    this.#life.abort(abortError('The model was closed.'));
    this.task.close();
    this.latency.reset();
    for (const stand of Object.values(this.#stands)) stand.close();
  }

  /** Puts a variant on a side, its bytes made again where they are gone; the recipe there becomes its. Never rejects. */
  async show(side: SideName, id: string): Promise<void> {
    const record = this.variants.get(id);
    const stand = this.#stands[side];
    if (!record) return;
    this.#align(stand, record.recipe);
    await this.#work(stand, (way) => this.#making.bring(id, { ...way, onlyIfQuick: true }));
  }

  /** Exchanges left and right, with their devices, recipes and what was measured. The recipe that is edited stays so. */
  swap(): void {
    const { original, compressed } = this.#stands;
    // The left one is what the right one is held against.
    if (!compressed.variant) return;
    this.#stands = { original: compressed, compressed: original };
    this.editing = otherThan(this.editing);
    this.latency.swap();
    this.generation++;
    this.#shelving.changed();
    announcer.say(`Swapped: left is ${this.names.original}, right is ${this.names.compressed}.`);
  }

  /** Puts what stands on a side on the other one too, to be changed there. */
  async copyAcross(from: SideName): Promise<void> {
    const to = otherThan(from);
    this.edit(to);
    await this.show(to, this.shown[from]);
  }

  /** Chooses the side whose recipe is edited. */
  edit(side: SideName): void {
    if (side === this.editing) return;
    this.editing = side;
    announcer.say(`The recipe is now that of ${this.names[side]}.`);
  }

  /** Finds or makes a variant, and shows it nowhere. Errors: RecipeError, ModelError, RuntimeError, WorkerCrash, the signal's reason. */
  make(recipe: Recipe, options: MakeOptions = {}): Promise<Variant> {
    return this.#making.make(recipe, { ...options, device: this.compressed.device });
  }

  /** The files of a variant, made again where they are gone. Errors: as `make`. */
  async filesOf(id: string, signal?: AbortSignal): Promise<ModelFiles> {
    const standing = Object.values(this.#stands).find(({ variant }) => variant?.id === id);
    if (standing?.variant) return standing.variant.files;
    const way = { onlyIfQuick: true, ...(signal ? { signal } : {}) };
    return (await this.#making.bring(id, way)).files;
  }

  /** A variant whose bytes are at hand this moment. */
  atHand(id: string): Variant | undefined {
    return this.#making.atHand(id);
  }

  /** Hands an input of the task to the view, which shows and runs it. */
  offer(input: unknown, name: string): void {
    this.given = { input, name, turn: (this.given?.turn ?? 0) + 1 };
  }

  /** Stops the recipe that is being tried; the result before it stays. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#stands[this.editing].end('Stopped.');
    this.run.training.drop();
    announcer.say('Stopped. The result before is unchanged.');
  }

  /** Tries the recipe again, after it failed or was stopped; trains or searches where it waits for that. */
  retry(): void {
    void this.#try(this.#stands[this.editing]);
  }

  /** Takes files as the visitor's samples; a recipe that looks at them is tried anew. */
  chooseSamples(files: ReadonlyMap<string, Blob>): void {
    this.run.own = files;
    if (usesOwnSamples(this.recipe.recipe)) this.#edited(this.#stands[this.editing]);
  }

  /** Takes up the training that an earlier session left, where it was left. */
  goOn(): void {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    this.run.own = unfinished.own;
    this.recipe.replace(unfinished.recipe);
    this.retry();
  }

  /** The same training from its first step. */
  async startAnew(): Promise<void> {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    await this.run.training.discard();
    this.run.own = unfinished.own;
    this.recipe.replace(unfinished.recipe);
    this.retry();
  }

  /** The model lies in the library, where an earlier session may have left a training of it. */
  identify(id: string): void {
    void this.run.training.find(id);
  }

  /** What the recipe gives is there already, or in the library. */
  #isHere(recipe: Recipe): boolean {
    const known = this.#making.known(recipe);
    return known !== undefined && (known.entry !== undefined || !!this.#making.atHand(known.id));
  }

  #newStand(): Stand {
    return new Stand({
      titled: (stand) => this.names[stand === this.#stands.original ? 'original' : 'compressed'],
      reopened: () => this.#reopened(),
      edited: (stand) => this.#edited(stand),
    });
  }

  #reopened(): void {
    this.latency.reset();
    this.generation++;
  }

  /** The visitor changed a recipe. What it gave before comes back at once, the rest when they rest. */
  #edited(stand: Stand): void {
    clearTimeout(this.#timer);
    if (this.#aligning) return;
    const known = this.#making.known(stand.recipe.recipe);
    if (known && this.#making.atHand(known.id)) {
      void this.#try(stand);
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.waits || this.obstacle) stand.end('Another recipe took its place.');
      else void this.#try(stand);
    }, debounce);
  }

  #align(stand: Stand, recipe: Recipe): void {
    clearTimeout(this.#timer);
    if (JSON.stringify(stand.recipe.recipe) === JSON.stringify(recipe)) return;
    this.#aligning = true;
    stand.recipe.replace(recipe);
    this.#aligning = false;
  }

  /** Makes what the recipe of a side gives, and puts it there. */
  async #try(stand: Stand): Promise<void> {
    clearTimeout(this.#timer);
    const { recipe } = stand.recipe;
    const parent = stand.variant?.id ?? originalId;
    if (recipe.steps.length > 0 || stand === this.#stands.original) {
      const { device } = stand.side;
      await this.#work(stand, (way) => this.#making.make(recipe, { ...way, parent, device }));
      return;
    }
    stand.end('There is no recipe.');
    stand.clear();
    this.#reopened();
    this.#shelving.changed();
  }

  /** Gets a variant for a side, which shows it when it is there; the newest call wins. */
  async #work(stand: Stand, get: (way: Required<MakeOptions>) => Promise<Variant>): Promise<void> {
    const signal = stand.begin();
    stand.work = { status: 'working' };
    const timeLeft = new TimeLeft();
    const onProgress: Required<MakeOptions>['onProgress'] = (progress) => {
      if (signal.aborted) return;
      const left = timeLeft.of(progress, this.run.now());
      stand.work = { status: 'working', progress, ...(left === undefined ? {} : { left }) };
    };
    try {
      const variant = await get({ signal, onProgress });
      if (!signal.aborted) this.#put(stand, variant);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      const problem = problemOf('The recipe could not be applied.', error);
      stand.work = { status: 'failed', problem };
    }
  }

  #put(stand: Stand, variant: Variant): void {
    stand.put(variant);
    const searched = variant.trace.flatMap(({ search = [] }) => search);
    // One from the cache told nothing while it was made.
    if (searched.length > 0) this.run.search = searched;
    this.#shelving.changed();
    announcer.say(`${variantName(variant)}: ${formatChange(this.bytes, variant.bytes)} in size.`);
  }

  /** Puts on the bench what stood there in an earlier session. */
  async #restore(earlier: Shown): Promise<void> {
    this.#restoring = earlier;
    for (const side of ['original', 'compressed'] as const) {
      this.#stands[side].recipe.reset(this.variants.get(earlier[side])?.recipe);
    }
    if (earlier.original !== originalId) await this.show('original', earlier.original);
    await this.show('compressed', earlier.compressed);
    this.#restoring = undefined;
  }

  async #findTargets(): Promise<void> {
    // Without them every technique is offered, and its notes say what it left alone.
    this.targets = await targetsInWorker(this.file, this.#life.signal).catch(() => undefined);
  }
}

const usualNames: Readonly<Record<SideName, string>> = {
  original: 'Original',
  compressed: 'Compressed',
};

/** A recipe up to its last step that trains or searches; what comes after takes no such time. */
function longPart(recipe: Recipe): string {
  const steps = [...stepsThatNeed(recipe, 'training'), ...stepsThatNeed(recipe, 'search')];
  return JSON.stringify([recipe.seed, recipe.steps.slice(0, Math.max(-1, ...steps) + 1)]);
}
