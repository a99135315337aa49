/** Pictures of graphs, and differences of models, from the inspecting worker. */
import { proxy } from 'comlink';

import type { ModelDifference } from '../core/inspect/graph-difference.ts';
import type { GraphLayout, LayoutRequest } from '../core/inspect/graph-layout.ts';
import type { NodeDetails } from '../core/inspect/graph-details.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type { ComparedPicture } from '../../workers/inspect-graph.ts';
import { inspector } from './inspector.ts';

export type { ComparedPicture };

/** The worker wants the model's own files and nothing else of what the page holds. */
const only = ({ onnx, external }: ModelFiles): ModelFiles => ({ onnx, external });

/** The picture of a model, or of two laid over one another. Errors: ModelError, WorkerCrash, the signal's reason. */
export const graphPictureInWorker = (
  left: ModelFiles,
  right: ModelFiles | undefined,
  signal?: AbortSignal,
): Promise<ComparedPicture> =>
  inspector.call(
    'reading the graph',
    (api) => api.graphPicture(only(left), right && only(right)),
    signal,
  );

/** Where everything of a picture stands. Errors: WorkerCrash, the signal's reason. */
export const graphLayoutInWorker = (
  request: LayoutRequest,
  signal?: AbortSignal,
): Promise<GraphLayout> =>
  inspector.call('laying out the graph', (api) => api.graphLayout(request), signal);

/** Details of a node by its position in the model's node list. Errors: as `graphPictureInWorker`. */
export const nodeDetailsInWorker = (
  files: ModelFiles,
  index: number,
  signal?: AbortSignal,
): Promise<NodeDetails | undefined> =>
  inspector.call('reading a node', (api) => api.nodeDetails(only(files), index), signal);

/** What two models differ in; `onProgress` hears of bytes compared, of how many. Errors: as `graphPictureInWorker`. */
export const modelDifferenceInWorker = (
  left: ModelFiles,
  right: ModelFiles,
  onProgress: (done: number, all: number) => void,
  signal?: AbortSignal,
): Promise<ModelDifference> =>
  inspector.call(
    'comparing the models',
    (api) => api.modelDifference(only(left), only(right), proxy(onProgress)),
    signal,
  );
