/** Sentences become vectors, and alike sentences lie close together. */
export interface EmbeddingsInput {
  readonly texts: readonly string[];
}

export interface EmbeddingsInfo {
  /** How a sentence's vector comes about: an output of the model, or the mean or the first of its tokens' vectors. */
  readonly pooling: 'output' | 'mean' | 'first';
  readonly dims: number | undefined;
}

export interface EmbeddingsAnswer {
  /** Of length 1, one for each text. */
  readonly vectors: readonly Float32Array[];
  /** Cosine of each text with each, −1 to 1. */
  readonly similarities: readonly (readonly number[])[];
}
