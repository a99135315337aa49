/** Statistics of the channels of cells, collected by running the model. */
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { Model } from '../../onnx/types.ts';
import type { SampleKind } from '../calibration.ts';
import type { Context } from '../technique.ts';
import type { Cell, Reader } from './cells.ts';
import { channelsOf } from './channel-statistics.ts';
import { visitSites } from './visit-sites.ts';

/** A reader of a cell with what flows into it; `channels` as in `channelsOf`. */
export interface ReaderInput {
  readonly cell: Cell;
  readonly reader: Reader;
  readonly statistics: InputStatistics;
  readonly channels: Int32Array;
}

/** Calls `visit` for the readers of each site together; says what the statistics come from. Errors: as `visitSites`. */
export async function visitReaders(
  model: Model,
  cells: readonly Cell[],
  choice: { readonly data: SampleKind; readonly samples: number },
  context: Context,
  visit: (inputs: readonly ReaderInput[]) => void | Promise<void>,
): Promise<string> {
  const byKey = new Map(
    cells.flatMap((cell) =>
      cell.readers.map((reader) => [reader.weight.key, { cell, reader }] as const),
    ),
  );
  const weights = [...byKey.values()].map(({ reader }) => reader.weight);
  const { from } = await visitSites(model, weights, choice, context, async (site, statistics) => {
    const inputs = site.weights.flatMap((key) => {
      const found = byKey.get(key);
      if (!found) return [];
      const { cell, reader } = found;
      const channels = channelsOf(reader, statistics, cell.channels, site.view);
      return [{ cell, reader, statistics, channels }];
    });
    await visit(inputs);
  });
  return from ?? 'nothing';
}
