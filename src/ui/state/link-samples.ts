/**
 * Inputs that lie in the page itself: examples of the task, drawings of its view. A link names them,
 * so that one too large for an address travels too.
 */
import { fieldsAt, textAt } from '../../tasks/json-fields.ts';
import { ModelError } from '../../core/errors.ts';
import type { TaskId } from '../../tasks/index.ts';
import type { Pixels } from '../../tasks/pixels.ts';
import { drawings, testCard } from '../views/image/drawings.ts';

/** A sample by its name in the view, and the input of the task that it is. */
export interface PageSample {
  readonly name: string;
  /** Undefined where this browser can't draw it. */
  input(): unknown;
}

/** What a task brings along once it is ready. */
interface Examples {
  readonly examples: readonly { readonly name: string; readonly input: unknown }[];
}

/** The samples that the view of a task offers, the first one first. */
export function samplesOf(task: TaskId, { examples }: Examples): readonly PageSample[] {
  const drawn =
    task === 'image-classification' ? drawings : task === 'image-to-image' ? [testCard] : [];
  const pictures = drawn.map(({ name, draw }): PageSample => {
    const input = (): unknown => {
      const pixels = draw();
      return pixels && { pixels };
    };
    return { name, input };
  });
  return [...pictures, ...examples.map(({ name, input }) => ({ name, input: () => input }))];
}

/** The sample that an input is, by its parts; undefined for the visitor's own. */
export function sampleThatIs(
  input: unknown,
  samples: readonly PageSample[],
): PageSample | undefined {
  return samples.find((sample) => isSame(sample.input(), input));
}

/** How a link says which sample is meant. */
export interface SampleJson {
  readonly sample: string;
}

/** Whether the input of a link names a sample of the page. */
export const isSampleJson = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && Object.hasOwn(json, 'sample');

/** The sample that a link names. Errors: ModelError where the page has none of that name. */
export function sampleAt(json: unknown, samples: readonly PageSample[]): PageSample {
  const name = textAt(fieldsAt(json, 'input'), 'sample');
  const found = samples.find((one) => one.name === name);
  if (found) return found;
  throw new ModelError(
    `The link names the sample “${name.slice(0, 80)}”, which this page does not have. Give an input by hand, or ask for the link again.`,
  );
}

/** Examples keep their parts when a view runs them; drawings are drawn anew. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isFields(a) || !isFields(b)) return false;
  if (isPixels(a['pixels']) && isPixels(b['pixels']))
    return isSamePicture(a['pixels'], b['pixels']);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isPixels = (value: unknown): value is Pixels =>
  isFields(value) && value['data'] instanceof Uint8ClampedArray;

function isSamePicture(a: Pixels, b: Pixels): boolean {
  const isSized = a.width === b.width && a.height === b.height;
  return isSized && (a.data === b.data || a.data.every((value, at) => value === b.data[at]));
}
