/** What an evaluation of two models says. Plain data: it crosses borders, is stored, and is drawn. */
import type { Calibration } from '../../core/evaluate/calibration.ts';
import type { ChoiceComparison } from '../../core/evaluate/choices.ts';
import type { ConfusionCell } from '../../core/evaluate/confusion.ts';
import type { Spread } from '../../core/evaluate/spread.ts';
import type { TailLatency } from '../../core/evaluate/latency.ts';
import type { Reading } from '../../core/evaluate/quality.ts';
import type { WorstDecision } from '../record.ts';

/** A set of examples that can be loaded. */
export interface SetOffer {
  readonly id: 'own' | 'files' | 'drawn' | 'pairs';
  /** `handwritten digits`, `the task’s own examples`. */
  readonly label: string;
  /** Where they come from, and that no model was trained on them; a sentence. */
  readonly source: string;
  /** Whether the right answers are known. */
  readonly labelled: boolean;
  /** How many there can be; one number where there is no choice. */
  readonly sizes: readonly number[];
  /** Whether another seed gives other examples. */
  readonly seeded: boolean;
}

/** Which examples to load. `files` go with the id `files` alone. */
export interface SetChoice {
  readonly id: SetOffer['id'];
  readonly size?: number;
  readonly seed?: number;
}

/** A loaded set, for provenance. */
export interface SetFacts {
  readonly id: SetOffer['id'];
  readonly label: string;
  readonly source: string;
  /** Examples in it. */
  readonly n: number;
  /** Of them, those whose right answer is known. */
  readonly labelled: number;
  readonly seed?: number;
}

/** A figure of the task, of both models. */
export interface FigureReport {
  readonly id: string;
  readonly label: string;
  readonly unit: 'share' | 'nats' | 'dB' | '';
  readonly better: 'higher' | 'lower';
  /** The largest of all instead of a mean. */
  readonly over?: 'max';
  /** Against the right answers. */
  readonly reference?: Reading;
  readonly variant?: Reading;
  /** What the variant has more, examples paired: a difference, or a ratio where the figure is a perplexity. */
  readonly change?: Reading & { readonly kind: 'difference' | 'ratio' };
  /** Of the variant's answers against the reference's. */
  readonly between?: Reading;
}

/** McNemar's test of who is right: only where each example is one decision. */
export interface RightnessTest {
  /** Examples that only the reference got right, and that only the variant did. */
  readonly lost: number;
  readonly won: number;
  readonly p: number;
  /** The same from the exact conditional test, which is more careful. */
  readonly exact: number;
  /** `p` after Holm's correction for `tests` variants that were tested on this set. */
  readonly adjusted: number;
  readonly tests: number;
}

/** Decisions of both models: classes of examples, or tokens of texts. */
export interface ChoiceReport extends ChoiceComparison {
  /** What one decision is. */
  readonly of: 'example' | 'token';
  readonly test?: RightnessTest;
  readonly calibration?: { readonly reference: Calibration; readonly variant: Calibration };
  /** Of examples: which class was taken for which; empty for tokens. */
  readonly confusion?: {
    readonly reference: readonly ConfusionCell[];
    readonly variant: readonly ConfusionCell[];
  };
}

/** How fast one model was in runs that alternated with the other's. */
export interface SideSpeed {
  readonly device: 'wasm' | 'webgpu';
  readonly threads: number;
  /** Of whole examples, warm-up dropped; ms. Absent before there are any. */
  readonly run?: TailLatency;
  /** From the files to the session, ms. */
  readonly load: number;
  /** Until the first token of a text that is written, ms. */
  readonly first?: TailLatency;
  /** Tokens per second after the first. */
  readonly rate?: Reading;
  /** Bytes of the worker's WebAssembly memory, and of the weights on the device (estimated). */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** The reference's median time over this one's, runs paired; 1 for the reference itself. */
  readonly speedup?: Reading;
}

/** What is known of two models over the examples so far: valid at any moment. */
export interface EvaluationReport {
  /** Ids of the variants. */
  readonly reference: string;
  readonly variant: string;
  readonly set: SetFacts;
  /** Examples that both answered, and examples that there are. */
  readonly done: number;
  readonly total: number;
  /** Examples that a side could not answer; `why` is the first reason, as a sentence. */
  readonly failed: { readonly reference: number; readonly variant: number; readonly why?: string };
  /** NaN or infinite values in answers, in examples. */
  readonly nonFinite: { readonly reference: number; readonly variant: number };
  /** Why it ended before the last example; absent where it did not, or goes on. */
  readonly stopped?: string;
  readonly figures: readonly FigureReport[];
  readonly choices?: ChoiceReport;
  /** KL(reference ‖ variant) in nats over full distributions, by decision. */
  readonly divergence?: Spread;
  readonly speed?: { readonly reference: SideSpeed; readonly variant: SideSpeed };
  /** Names of the classes, by id; empty where there are none. */
  readonly labels: readonly string[];
}

/** What became of an example, the gravest first. */
export const caseGroups = [
  'failed',
  'right-to-wrong',
  'wrong-to-wrong',
  'changed',
  'wrong-to-right',
  'less-sure',
  'same',
] as const;

/**
 * `wrong-to-wrong`: both wrong, differently; `changed`: another answer where the right one is not
 * known; `less-sure`: the same answer, with less confidence by a tenth or more.
 */
export type CaseGroup = (typeof caseGroups)[number];

/** One example, as both models answered it. */
export interface Case {
  readonly index: number;
  readonly name: string;
  readonly group: CaseGroup;
  /** The answers in a few words. */
  readonly reference: string;
  readonly variant: string;
  /** Class ids where the example is one decision. */
  readonly classes?: {
    readonly reference: number;
    readonly variant: number;
    readonly target?: number;
  };
  /** Of several decisions the one that changed most; `group` is its. */
  readonly worst?: WorstDecision;
  /** Decisions that differ, of how many: tokens of a text. */
  readonly flips: number;
  readonly decisions: number;
  /** KL(reference ‖ variant), mean over the decisions, nats. */
  readonly kl?: number;
  /** What the right answer's probability gained, mean over the decisions; −1 to 1. */
  readonly deltaP?: number;
  /** The task's own measure of how far the answers lie apart; larger is farther. */
  readonly distance?: number;
}

export interface CaseQuery {
  readonly group?: CaseGroup;
  /** Only cases of these classes: the reference's and the variant's. */
  readonly pair?: readonly [reference: number, variant: number];
  readonly order: 'grave' | 'kl' | 'delta-p' | 'distance' | 'index';
  readonly from?: number;
  /** At most this many; 50 unless told. */
  readonly most?: number;
}

export interface CaseList {
  readonly cases: readonly Case[];
  /** How many the query found, shown or not. */
  readonly total: number;
  /** How many there are of each group, whatever the query. */
  readonly groups: Readonly<Record<CaseGroup, number>>;
  /** Pairs of classes that changed, the most frequent first. */
  readonly pairs: readonly {
    readonly reference: number;
    readonly variant: number;
    readonly count: number;
  }[];
  /** What `distance` measures; '' where nothing does. */
  readonly distance: string;
}

/** How far answers lie apart over some examples, in the task's own figures. */
export interface ApartReport {
  /** Figures between two answers, by id, with their words. */
  readonly figures: readonly (Pick<FigureReport, 'id' | 'label' | 'unit' | 'better'> & {
    readonly reading: Reading;
  })[];
  /** KL over full distributions, nats; absent where nothing is chosen. */
  readonly divergence?: Spread;
  readonly agreement?: Reading;
}

/**
 * Where an error comes from. Compression: variant on WASM against original on WASM. Backend: variant on
 * WebGPU against itself on WASM. Total: variant on WebGPU against original on WASM.
 */
export interface Attribution {
  readonly set: SetFacts;
  /** Examples that all three answered. */
  readonly n: number;
  readonly compression: ApartReport;
  readonly backend: ApartReport;
  readonly total: ApartReport;
}
