/** Before the first story: the page of the bridge's stories is built. */
export { buildHarness as default } from './serve.ts';
