/** What the inspecting worker tells of tensors. */
export const tensorApi = {};
