/** What healing gives back of the quality that rounding costs, under Node on one thread. Reads ../shared. */
import { hasShared, skipReason } from '../shared.ts';
import type { Bench } from './bench.ts';
import { healedStoryRows } from './quality/healed-stories.ts';

export default {
  name: 'Healing stories260K (perplexity of the first 50 stories; trained on the 950 others)',
  async run() {
    return hasShared ? healedStoryRows() : [{ skipped: skipReason }];
  },
} satisfies Bench;
