/** A story's course: beats in their order, each with ways to tell it. A beat that begins with a line break begins a paragraph. */
export type Plot = readonly (readonly string[])[];
