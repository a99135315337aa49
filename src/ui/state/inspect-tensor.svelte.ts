/** Questions to the inspecting worker about what stands on both sides, and their answers. */
import {
  askInspector,
  handlesOf,
  type ComparedHandles,
  type Inspecting,
} from '../../bridge/inspect-tensor.ts';
import { isAbort } from '../../core/errors.ts';
import type { TensorLook } from '../../core/inspect/tensor-look.ts';
import { problemOf, type Problem } from '../problem.ts';
import type { Workspace } from './workspace.svelte.ts';

export type { ComparedHandles };

/** The files on both sides, made again where their bytes are gone. Errors: those of making them. */
export async function comparedIn(
  workspace: Workspace,
  { original, compressed }: Workspace['shown'],
  signal: AbortSignal,
): Promise<ComparedHandles> {
  const left = original ? await workspace.filesOf(original, signal) : workspace.file;
  const right = compressed ? await workspace.filesOf(compressed, signal) : undefined;
  return handlesOf(workspace.file, left, right);
}

type Question<Result> = (api: Inspecting, handles: ComparedHandles) => Promise<Result>;

/** A weight as it was read, with all that it goes by on the page: its pictures are of the same models. */
export interface ReadWeight {
  readonly look: TensorLook;
  /** Of the left and the right side. */
  readonly names: SideNames;
  readonly handles: ComparedHandles;
}

/** Names of the variants on the left and on the right. */
export type SideNames = readonly [string, string];

/** What stands on both sides is called. */
export const namesIn = (workspace: Workspace): SideNames => [
  workspace.nameOf('original'),
  workspace.nameOf('compressed'),
];

/**
 * The answer to a question that is asked anew when what it depends on changes. The old one stays until the
 * new one is there, so whatever is shown with it (names, places, switches) is a part of the answer.
 */
export class Answer<Result> {
  value = $state.raw<Result | undefined>();
  problem = $state.raw<Problem | undefined>();
  isAsking = $state(false);
  readonly #what: string;
  #asking: AbortController | undefined;

  /** `what` as in "The histogram could not be drawn." */
  constructor(what: string) {
    this.#what = what;
  }

  /** Asks; an earlier question is dropped. Returns a function that drops this one. Never throws. */
  ask(workspace: Workspace, question: Question<Result>): () => void {
    const { shown } = workspace;
    return this.await(async (signal) => {
      const handles = await comparedIn(workspace, shown, signal);
      return askInspector(this.#what, (api) => question(api, handles), signal);
    });
  }

  /** As `ask`, about models that are known: whatever stands on the sides now. */
  askOf(handles: ComparedHandles, question: Question<Result>): () => void {
    return this.await((signal) =>
      askInspector(this.#what, (api) => question(api, handles), signal),
    );
  }

  /** As `ask`, for work of any kind. */
  await(work: (signal: AbortSignal) => Promise<Result>): () => void {
    this.drop();
    const asking = (this.#asking = new AbortController());
    this.isAsking = true;
    void work(asking.signal).then(
      (value) => this.#settle(asking, () => (this.value = value)),
      (error: unknown) => {
        if (isAbort(error)) this.#settle(asking, () => undefined);
        else this.#settle(asking, () => (this.problem = problemOf(this.#what, error)));
      },
    );
    return () => asking.abort();
  }

  /** Ends the question that is asked. */
  drop(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.isAsking = false;
    this.problem = undefined;
  }

  #settle(asking: AbortController, take: () => void): void {
    if (asking !== this.#asking || asking.signal.aborted) return;
    this.isAsking = false;
    take();
  }
}
