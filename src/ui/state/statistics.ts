/** What was collected from models on samples: in memory while the page lives, in the browser's storage after. */
import { createRecentCache } from '../../bridge/recent-cache.ts';
import type { StatisticsCache } from '../../core/compress/calibration.ts';
import { openStatistics } from '../../store/database.ts';
import { loadStatistics, saveStatistics } from '../../store/statistics-store.ts';

const recent = createRecentCache<Blob>(2 ** 28, ({ size }) => size);
const table = openStatistics();

/** The statistics of a model, kept beside its entry in the library; '' for a model that is not stored. */
export const statisticsOf = (model: () => string): StatisticsCache => ({
  async get(key) {
    const found = recent.get(key) ?? (await loadStatistics(table, key).catch(() => undefined));
    if (found) recent.set(key, found);
    return found;
  },
  async set(key, statistics) {
    recent.set(key, statistics);
    if (model() === '') return;
    const stored = { key, model: model(), statistics, used: Date.now() };
    // Without storage they are collected again in the next session.
    await saveStatistics(table, stored).catch(() => undefined);
  },
});
