/** An open model on the bench: two variants of it side by side, the recipe that is edited, and the task. */
import { targetsInWorker, type Targets } from '../../bridge/compressor.ts';
import { abortError } from '../../bridge/errors.ts';
import { usesOwnSamples } from '../../bridge/recipe-run.ts';
import { presets } from '../../core/compress/presets.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Inspection } from '../../core/onnx/inspect.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import type { ModelFile } from '../../store/model-file.ts';
import type { TaskId } from '../../tasks/index.ts';
import { missingKinds } from '../../tasks/samples/kinds.ts';
import type { GivenInput, SideName } from '../views/view.ts';
import { formatChange } from '../words.ts';
import { announcer } from './announcer.svelte.ts';
import { Bench, otherThan, type Shown } from './bench.svelte.ts';
import { Inspecting } from './inspecting.svelte.ts';
import { LatencyMeter } from './latency.svelte.ts';
import { locked } from './locks.svelte.ts';
import { Making, type MakeOptions } from './making.ts';
import { OnBench } from './on-bench.ts';
import { Pair } from './pair.svelte.ts';
import { Placing } from './placing.ts';
import { Prospects } from './prospects.svelte.ts';
import { signatureOf, type ReadModel } from './read-model.ts';
import { bytesOf } from './result.ts';
import { RunMonitor } from './run.svelte.ts';
import type { Shelving } from './shelving.ts';
import { TaskState } from './task.svelte.ts';
import { originalId, type Variant } from './variant.ts';
import { Variants, variantName } from './variants.svelte.ts';

/** What there is to know beside the outputs. */
export type PanelId = 'receipt' | 'inspect' | 'sensitivity' | 'lab';

/** What the bench begins with. */
export interface Beginning {
  /** What stood there in an earlier session. */
  readonly earlier?: Shown | undefined;
  /** The side whose recipe was edited then. */
  readonly editing?: SideName | undefined;
  /** What is made of the original where nothing stood there. */
  readonly first?: Recipe | undefined;
}

export type { Shelving, Shown };

export class Workspace extends OnBench {
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
  /** What the view shall show next. */
  given = $state.raw<GivenInput | undefined>();
  #input = $state.raw<{ readonly task: TaskId | undefined; readonly value: unknown }>();
  readonly #making: Making;
  readonly #shelving: Shelving;
  protected readonly bench: Bench;
  readonly #placing: Placing;
  readonly #prospects = new Prospects(
    () => ({
      recipe: this.recipe.recipe,
      standing: this.variantOn(this.editing),
      missingData: this.missingData,
      own: this.run.own.size,
    }),
    () => this.#making,
  );
  #life = new AbortController();

  /** What stands on the right. */
  readonly result: Variant | undefined = $derived(this.variantOn('compressed'));
  constructor({ file, inspection, inputs, unrunnable }: ReadModel, shelving: Shelving) {
    super();
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
      (id) => this.#held(id),
    );
    this.bench = new Bench(this.variants, {
      reopened: () => this.#reopened(),
      edited: (stand) => this.#placing.edited(stand),
      wentBack: () => this.#wentBack(),
    });
    this.bench.stands.original.variant = this.#making.atHand(originalId);
    this.#placing = new Placing(this.bench, this.#making, {
      mayTry: () => !this.waits && !this.obstacle,
      now: () => this.run.now(),
      placed: (variant) => this.#placed(variant),
    });
  }

  /** What the edited recipe needs beside the weights. */
  get needs(): Prospects['needs'] {
    return this.#prospects.needs;
  }

  /** The edited recipe trains or searches: that takes minutes. */
  get isLong(): boolean {
    return this.#prospects.isLong;
  }

  /** Why the edited recipe can't be tried for want of samples; '' where it can. */
  get obstacle(): string {
    return this.#prospects.obstacle;
  }

  /** The edited recipe waits for the visitor's word, for it takes minutes. */
  get waits(): boolean {
    return this.#prospects.waits;
  }

  /** What the visitor should know of how variants are kept; '' for nothing. */
  get unkept(): string {
    return this.#shelving.words;
  }

  /** What stands on the bench, or shall once it is brought there. */
  get standing(): Shown {
    return this.#placing.restoring ?? this.shown;
  }

  /** Opens what stood on the bench, or `earlier`, or makes `first` of the original. */
  start({ earlier, editing, first = presets.int8.recipe }: Beginning = {}): void {
    this.#life = new AbortController();
    if (!this.unrunnable) void this.task.start();
    void this.#findTargets();
    const { original, compressed } = this.bench.stands;
    if (earlier && !compressed.variant) {
      this.bench.editing = editing ?? 'compressed';
      void this.#placing.restore(earlier);
      return;
    }
    original.open();
    if (compressed.variant) compressed.open();
    else {
      compressed.recipe.reset(first);
      void this.#placing.try(compressed);
    }
  }

  /** Ends all workers; the files stay. */
  close(): void {
    this.#placing.wait();
    this.#life.abort(abortError('The model was closed.'));
    this.task.close();
    this.latency.reset();
    for (const stand of Object.values(this.bench.stands)) stand.close();
  }

  /** Puts a variant on a side, its bytes made again where they are gone; the recipe there becomes its. Not for a visitor whose link keeps them as they are. Never rejects. */
  async show(side: SideName, id: string, who: 'visitor' | 'link' = 'visitor'): Promise<void> {
    if (who === 'link' || !keptByLink()) await this.#placing.show(side, id);
  }

  /** Exchanges left and right, with their devices, recipes and what was measured. The recipe that is edited stays so. */
  swap(): void {
    if (keptByLink() || !this.bench.swap()) return;
    this.latency.swap();
    this.generation++;
    this.#shelving.changed();
    announcer.say(`Swapped: left is ${this.names.original}, right is ${this.names.compressed}.`);
  }

  /** Puts what stands on a side on the other one too, to be changed there. */
  async copyAcross(from: SideName): Promise<void> {
    if (keptByLink()) return;
    const to = otherThan(from);
    this.edit(to);
    await this.show(to, this.shown[from]);
  }

  /** Chooses the side whose recipe is edited. */
  edit(side: SideName): void {
    if (side === this.editing) return;
    this.bench.editing = side;
    this.#shelving.changed();
    announcer.say(`The recipe is now that of ${this.names[side]}.`);
  }

  /** Finds or makes a variant, and shows it nowhere. Errors: RecipeError, ModelError, RuntimeError, WorkerCrash, the signal's reason. */
  make(recipe: Recipe, options: MakeOptions = {}): Promise<Variant> {
    return this.#making.make(recipe, { ...options, device: this.compressed.device });
  }

  /** The files of a variant, made again where they are gone. Errors: as `make`. */
  async filesOf(id: string, signal?: AbortSignal): Promise<ModelFiles> {
    const way = { onlyIfQuick: true, ...(signal ? { signal } : {}) };
    return (await this.#making.bring(id, way)).files;
  }

  /** A variant whose bytes are at hand this moment. */
  atHand(id: string): Variant | undefined {
    return this.#making.atHand(id);
  }

  /** Hands an input of the task to the view, which shows and runs it. */
  offer(input: unknown, name: string): void {
    const { id } = this.task;
    const turn = (this.given?.turn ?? 0) + 1;
    this.given = { input, name, turn, ...(id === undefined ? {} : { task: id }) };
  }

  /** What the view shows now, as its task takes it, or a little more plainly (a drawing by its strokes); undefined for nothing yet. */
  get input(): unknown {
    return this.#input?.task === this.task.id ? this.#input?.value : undefined;
  }

  /** The view shows another input. */
  noteInput(value: unknown): void {
    this.#input = { task: this.task.id, value };
  }

  /** Stops the recipe that is being tried; the result before it stays. */
  cancel(): void {
    this.#placing.wait();
    this.bench.edited.end('Stopped.');
    this.run.training.drop();
    announcer.say('Stopped. The result before is unchanged.');
  }

  /** Tries the recipe of a side again, after it failed or was stopped; trains or searches where it waits for that. */
  retry(side: SideName = this.editing): void {
    void this.#placing.try(this.bench.stands[side]);
  }

  /** Takes files as the visitor's samples; a recipe that looks at them is tried anew. */
  async chooseSamples(files: ReadonlyMap<string, Blob>): Promise<void> {
    if ((await this.run.take(files)) && usesOwnSamples(this.recipe.recipe))
      this.#placing.edited(this.bench.edited);
  }

  /** Takes up the training that an earlier session left, where it was left. */
  async goOn(): Promise<void> {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    await this.run.take(unfinished.own);
    this.recipe.replace(unfinished.recipe);
    this.retry();
  }

  /** The same training from its first step. */
  async startAnew(): Promise<void> {
    const { unfinished } = this.run.training;
    if (!unfinished) return;
    await this.run.training.discard();
    await this.run.take(unfinished.own);
    this.recipe.replace(unfinished.recipe);
    this.retry();
  }

  /** The model lies in the library, where an earlier session may have left a training of it. */
  identify(id: string): void {
    void this.run.training.find(id);
  }

  #held(id: string): Variant | undefined {
    return Object.values(this.bench.stands).find(({ variant }) => variant?.id === id)?.variant;
  }

  #reopened(): void {
    this.latency.reset();
    this.generation++;
  }

  #wentBack(): void {
    this.#shelving.changed();
    announcer.say('It could not be opened. The variant before goes on.');
  }

  #placed(variant: Variant | undefined): void {
    this.#shelving.changed();
    if (!variant) {
      this.#reopened();
      return;
    }
    const searched = variant.trace.flatMap(({ search = [] }) => search);
    // One from the cache told nothing while it was made.
    if (searched.length > 0) this.run.search = searched;
    announcer.say(`${variantName(variant)}: ${formatChange(this.bytes, variant.bytes)} in size.`);
  }

  async #findTargets(): Promise<void> {
    // Without them every technique is offered, and its notes say what it left alone.
    this.targets = await targetsInWorker(this.file, this.#life.signal).catch(() => undefined);
  }
}

/** Says so where a link keeps the class at the variants that it shows. */
function keptByLink(): boolean {
  if (locked.isLocked('variants')) announcer.say(locked.reason('variants'));
  return locked.isLocked('variants');
}
