// AssemblyScript, compiled to ../compiled.ts by `npm run kernels`.
export { quantizeColumns, quantizeRows } from './quantize';
export { pack } from './pack';
export { subtractProducts } from './products';
export { setGrid } from './fit-state';
export { fitTensor } from './fit-blocks';
