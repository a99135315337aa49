/** Writes token by token, until an end token, the limit, or the end of the model's context. */
import { RuntimeError } from '../../core/errors.ts';
import { contextOf, hasEncoder, openDecoder } from './decoder.ts';
import { softmaxOf } from './logits.ts';
import type { GenerateRequest, GeneratedToken, Loop, LoopSession } from './loop.ts';
import { chooseToken, penalized } from './sample.ts';

export const generate: Loop<'generate'> = async function* (session, asked) {
  const request = { ...asked, context: contextOf(session, asked.context) };
  const { limit, candidates, sampling, repetitionPenalty } = request;
  const { source, text } = beginningOf(session, request);
  const decoder = openDecoder(session, source);
  try {
    let fresh: readonly number[] = text;
    for (let made = 1; made <= limit; made++) {
      const logits = await decoder.append(fresh, 'last');
      const row = logits.row(0);
      const softmax = softmaxOf(row, text.length + 1);
      const choice = penalized(row, text, repetitionPenalty);
      const id = chooseToken(choice, text.length, sampling);
      text.push(id);
      fresh = [id];
      const last = lastOf(request, id, made, text.length);
      yield {
        id,
        probability: softmax.probability(id),
        candidates: softmax.candidates(candidates),
        ...(last ? { last } : {}),
      };
      if (last) return;
    }
  } finally {
    decoder.release();
  }
};

/** What goes through the encoder, and what the text begins with. Errors: RuntimeError where that is nothing, or too long. */
function beginningOf(
  session: LoopSession,
  { prompt, decoderStart, context }: GenerateRequest,
): { readonly source?: readonly number[]; readonly text: number[] } {
  const encoded = hasEncoder(session);
  const text = encoded ? [...(decoderStart ?? [])] : [...prompt];
  if (prompt.length === 0 || text.length === 0) {
    throw new RuntimeError('There is no token to begin with. Give a text that is not empty.');
  }
  // The text itself needs room for a token more.
  const longest = Math.max(encoded ? prompt.length : 0, text.length + 1);
  if (longest > context) {
    throw new RuntimeError(
      `The text has ${prompt.length} tokens; the model takes ${context}, those that it writes included. Shorten the text.`,
    );
  }
  return encoded ? { source: prompt, text } : { text };
}

/** Why a token is the last one; undefined where it is not. `length`: tokens of the text with it. */
function lastOf(
  { ends, limit, context }: GenerateRequest,
  id: number,
  made: number,
  length: number,
): GeneratedToken['last'] {
  if (ends.includes(id)) return 'end';
  if (made >= limit) return 'limit';
  return length >= context ? 'context' : undefined;
}
