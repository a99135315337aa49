/** Where the factors of input channels can go: into the scale of a norm, or the columns of the layer before. */
import type { Site } from '../../calibrate/sites.ts';
import type { Model } from '../../onnx/types.ts';
import { cellsOf, weightsOf, type Cell } from '../fold/cells.ts';
import { rescaled } from '../fold/rescaling.ts';
import { Scales } from '../fold/scales.ts';
import type { SiteRounding } from './site-rounding.ts';

/** The cell of a site whose channels can be scaled without changing anything else. */
export type CellOf = (site: Site) => Cell | undefined;

/** `selected`: keys of the weights that may change. */
export function cellsForSites(model: Model, selected: ReadonlySet<string>): CellOf {
  const { cells } = cellsOf(model, ['norm', 'layer']);
  const byReader = new Map(
    cells.flatMap((cell) => cell.readers.map(({ weight }) => [weight.key, cell] as const)),
  );
  return (site) => {
    const cell = byReader.get(site.weights[0] ?? '');
    const readers = cell?.readers.map(({ weight }) => weight.key) ?? [];
    const same = readers.length === site.weights.length;
    if (!cell || !same || !site.weights.every((key) => readers.includes(key))) return undefined;
    const plain =
      site.view === 'rows' &&
      site.also.length === 0 &&
      site.groups === 1 &&
      site.channels === cell.channels &&
      cell.readers.every(({ channelOf }) => channelOf === undefined);
    return plain && weightsOf(cell).every(({ key }) => selected.has(key)) ? cell : undefined;
  };
}

/** The model with inputs multiplied and weights divided by the ratios of each site: its answers stay. */
export async function withRatios(
  model: Model,
  roundings: ReadonlyMap<Site, SiteRounding>,
  cellOf: CellOf,
): Promise<Model> {
  const scales = new Scales();
  const cells: Cell[] = [];
  for (const [site, { ratios }] of roundings) {
    const cell = ratios && cellOf(site);
    if (!cell) continue;
    scales.rescale(
      cell,
      ratios.map((ratio) => 1 / ratio),
    );
    cells.push(cell);
  }
  return cells.length === 0 ? model : rescaled(model, cells, scales);
}
