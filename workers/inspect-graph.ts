/** What the inspecting worker tells of graphs. */
export const graphApi = {};
