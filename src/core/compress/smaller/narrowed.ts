/** A student with the same layers as its teacher, each with fewer channels. */
import { RecipeError } from '../../errors.ts';
import { countParameters } from '../../onnx/parameters.ts';
import type { Model } from '../../onnx/types.ts';
import { isCuttable, Remains, withoutChannels } from './cut.ts';
import { Integers, storedIn } from './integers.ts';
import { Slots } from './slots.ts';
import { dimsOf, feedsFor, finished, type Smaller, type SmallerOptions } from './smaller.ts';
import { tieGraph } from './ties.ts';
import { keptCount, producersOf, strengths, weakest, widthsOf, type Producer } from './widths.ts';

export interface NarrowedOptions extends SmallerOptions {
  /** Widths are rounded to multiples of this, which vector units like; 4 by default. */
  readonly multiple?: number;
}

/** Notes about layers that were left alone, beyond which only their number is given. */
const mostNotes = 12;

/**
 * Keeps a share of the channels inside a network: of convolutions, MLPs, residual streams, and whole
 * attention heads. Inputs and outputs stay as they are. Of each width the channels stay whose weights
 * have the largest L2 norm. Errors: RecipeError for a share outside (0, 1]; ModelError, RuntimeError
 * where the model, or the narrower one, does not run.
 */
export async function narrowed(
  model: Model,
  share: number,
  options: NarrowedOptions,
): Promise<Smaller> {
  if (!(share > 0 && share <= 1)) {
    throw new RecipeError(
      `Share ${share} is not above 0 and at most 1. Give the part of the channels to keep.`,
    );
  }
  const { runtime, signal, multiple = 4, weights = 'cut' } = options;
  const feeds = await feedsFor(model, options);
  const dims = await dimsOf(model, feeds, runtime);
  const slots = new Slots(dims);
  const rankOne = (name: string) => {
    const sizes = dims.get(name);
    return sizes?.length === 1 ? sizes[0] : undefined;
  };
  const integers = await Integers.of(model.graph, rankOne);
  freezeUncuttable(model, slots);
  tieGraph(model, slots, integers);
  const producers = producersOf(model, slots);
  const strength = await strengths(slots, producers, signal);
  const gone = new Set<number>();
  const notes: string[] = [];
  for (const width of widthsOf(slots, producers)) {
    const count = width.channels.length;
    const keep = keptCount(count, share, multiple);
    for (const root of weakest(width, strength, keep)) gone.add(root);
    if (keep < count) notes.push(`The width that "${width.label}" makes: ${keep} of ${count}.`);
  }
  const left = leftAlone(slots, producers);
  if (gone.size === 0 && weights === 'cut') return { model, notes: left };
  const cut =
    gone.size === 0 ? model : await withoutChannels(model, new Remains(slots, gone), integers);
  const counted = `Parameters: ${countParameters(model)} → ${countParameters(cut)}.`;
  return finished({ model: cut, notes: [counted, ...notes, ...left] }, feeds, dims, options);
}

function freezeUncuttable({ graph }: Model, slots: Slots): void {
  const stored = storedIn(graph);
  const constants = graph.nodes.filter(({ opType }) => opType === 'Constant');
  const names = [...stored.keys(), ...constants.map(({ outputs }) => outputs[0]!)];
  for (const name of names) {
    const tensor = stored.get(name);
    if (tensor && isCuttable(tensor)) continue;
    for (const axis of slots.of(name) ?? []) slots.freeze(axis, `"${name}" can't be cut`);
  }
}

/** The weights whose results keep their width, with the reason. */
function leftAlone(slots: Slots, producers: readonly Producer[]): string[] {
  const notes = producers.flatMap(({ weight, axes }) => {
    if (axes.length === 0) return [`"${weight.key}" was left alone: the dims are not known.`];
    return axes.flatMap(({ start, size }) => {
      const why = size > 1 ? slots.reason(start) : undefined;
      return why === undefined ? [] : [`"${weight.key}" keeps its ${size} results: ${why}.`];
    });
  });
  const more = notes.length - mostNotes;
  return more > 0 ? [...notes.slice(0, mostNotes), `${more} more were left alone.`] : notes;
}
