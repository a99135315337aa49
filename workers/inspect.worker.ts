/** Looks closely at models: their graphs and their tensors. Only Blobs and pictures cross its border. */
import { graphApi } from './inspect-graph.ts';
import { tensorApi } from './inspect-tensor.ts';
import { serve } from './serve.ts';

const api = { ...graphApi, ...tensorApi };

export type InspectApi = typeof api;
serve(api);
