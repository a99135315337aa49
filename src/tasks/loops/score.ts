/** How likely a model holds each token of a given text (teacher-forced): one run, not one for each token. */
import { RuntimeError } from '../../core/errors.ts';
import { contextOf, hasEncoder, longestRun, openDecoder } from './decoder.ts';
import { softmaxOf } from './logits.ts';
import type { Loop, LoopSession, ScoredToken } from './loop.ts';

/** A text longer than the context is refused: cut, its first tokens would be scored without their past. */
export const score: Loop<'score'> = async function* (
  session,
  { ids, from, context, candidates, logits: wanted = false },
) {
  checkRequest(session, ids, from, contextOf(session, context));
  const decoder = openDecoder(session);
  const step = Math.min(longestRun(session), ids.length);
  try {
    // The last token is scored, and nothing comes after it.
    for (let start = 0; start < ids.length - 1; start += step) {
      const end = Math.min(start + step, ids.length - 1);
      const logits = await decoder.append(ids.slice(start, end), 'all');
      for (let at = Math.max(from, start + 1); at <= end; at++) {
        const row = logits.row(end - at);
        const token = scored(row, ids[at] ?? 0, at + 1, candidates);
        // A copy of its own, which can be handed on without the rows beside it.
        yield wanted ? { ...token, logits: row.slice() } : token;
      }
    }
  } finally {
    decoder.release();
  }
};

function scored(row: Float32Array, id: number, token: number, candidates: number): ScoredToken {
  const softmax = softmaxOf(row, token);
  const logit = row[id] ?? -Infinity;
  let rank = 0;
  for (const other of row) if (other > logit) rank++;
  return {
    id,
    probability: softmax.probability(id),
    rank,
    candidates: softmax.candidates(candidates),
  };
}

function checkRequest(
  session: LoopSession,
  ids: readonly number[],
  from: number,
  context: number,
): void {
  if (hasEncoder(session)) {
    throw new RuntimeError('Models with an encoder are not scored token by token. Let them write.');
  }
  if (from < 1) throw new RuntimeError('The first token has no past, so it can have no score.');
  if (ids.length <= context) return;
  throw new RuntimeError(
    `The text has ${ids.length} tokens; the model takes ${context}. Shorten the text.`,
  );
}
