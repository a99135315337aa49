/**
 * How a task runs a model: the plan is plain data that goes to where the model is, and the chunks are
 * plain data that come back, one by one as they are made.
 */
import type { Signature } from '../../core/onnx/signature.ts';
import type { Feeds, HeldValue, Value } from '../../core/runtime.ts';

/** A model as loops run it. */
export interface LoopSession {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  /**
   * Which input takes what an output gave in the run before: caches of attention (`present.0.key` →
   * `past_key_values.0.key`), states of recurrent networks (`stateN` → `state`).
   */
  readonly states: readonly { readonly input: string; readonly output: string }[];
  /**
   * Runs once. Outputs that are states stay on the device, the others are read. Errors: RuntimeError.
   */
  step(
    feeds: Feeds,
    held: Readonly<Record<string, HeldValue>>,
  ): Promise<{
    readonly outputs: Readonly<Record<string, Value>>;
    readonly held: Readonly<Record<string, HeldValue>>;
  }>;
}

/** One run on given feeds; a chunk for each where there are more. */
export interface OnceRequest {
  readonly feeds: Feeds;
  /** What does not fit into one run: further batches. */
  readonly more?: readonly Feeds[];
}

/** A token that might have come, with its probability (after a temperature of 1). */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/** Token by token, until an end token, the limit, or the end of the model's context. */
export interface GenerateRequest {
  /** Ids of the prompt; for models with an encoder those of the source text. */
  readonly prompt: readonly number[];
  /** For models with an encoder: what the decoder begins with. */
  readonly decoderStart?: readonly number[];
  /** Most new tokens. */
  readonly limit: number;
  /** Longest sequence that the model can take; Infinity where nobody says. */
  readonly context: number;
  /** Ids that end the text. */
  readonly ends: readonly number[];
  /** Greedy where absent. The same seed gives the same noise at the same position, whatever the model. */
  readonly sampling?: {
    readonly seed: number;
    readonly temperature: number;
    readonly topK: number;
    readonly topP: number;
  };
  /** Divides the logits of tokens that were there before (Keskar 2019); 1 changes nothing. */
  readonly repetitionPenalty?: number;
  /** How many candidates to tell of each token. */
  readonly candidates: number;
}

export interface GeneratedToken {
  readonly id: number;
  readonly probability: number;
  /** The likeliest first. */
  readonly candidates: readonly Candidate[];
  /** Why this is the last one. */
  readonly last?: 'end' | 'limit' | 'context';
}

/** How likely a model holds each token of a text that is given. */
export interface ScoreRequest {
  readonly ids: readonly number[];
  /** Tokens before this index are context and not scored; at least 1. */
  readonly from: number;
  readonly context: number;
  readonly candidates: number;
  /** Gives the logits of all tokens with each, for comparing distributions: much memory, to be let go soon. */
  readonly logits?: boolean;
}

export interface ScoredToken {
  readonly id: number;
  readonly probability: number;
  /** Tokens that the model held likelier. */
  readonly rank: number;
  readonly candidates: readonly Candidate[];
  /** Where the request asks for them: by token id. */
  readonly logits?: Float32Array;
}

/** Windows of a signal one after the other, a recurrent state going round. */
export interface WindowsRequest {
  readonly input: string;
  readonly samples: Float32Array;
  /** Samples that come new with each window, and samples of the one before that each begins with. */
  readonly hop: number;
  readonly overlap: number;
  /** What is fed besides: the sample rate … */
  readonly feeds: Feeds;
  /** What states are before the first window, by input. */
  readonly initial: Feeds;
}

/** The outputs of a window that are no state. */
export interface WindowOutputs {
  readonly outputs: Readonly<Record<string, Value>>;
}

interface LoopTypes {
  readonly once: { readonly request: OnceRequest; readonly chunk: Readonly<Record<string, Value>> };
  readonly generate: { readonly request: GenerateRequest; readonly chunk: GeneratedToken };
  readonly score: { readonly request: ScoreRequest; readonly chunk: ScoredToken };
  readonly windows: { readonly request: WindowsRequest; readonly chunk: WindowOutputs };
}

export type LoopId = keyof LoopTypes;
export type RequestOf<Id extends LoopId> = LoopTypes[Id]['request'];
export type ChunkOf<Id extends LoopId> = LoopTypes[Id]['chunk'];
export type Chunk = ChunkOf<LoopId>;

/** Which loop to run, on what. */
export type Plan = {
  [Id in LoopId]: { readonly loop: Id; readonly request: RequestOf<Id> };
}[LoopId];

/** Runs a model as often as the request needs. Ending the iteration early frees what is held. Errors: RuntimeError. */
export type Loop<Id extends LoopId> = (
  session: LoopSession,
  request: RequestOf<Id>,
) => AsyncGenerator<ChunkOf<Id>, void>;
