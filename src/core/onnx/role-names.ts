/** What the names of layers say about their role: rule 5 of roles.ts. */
import type { Role } from './weights.ts';

/**
 * Parts of names in the order in which they are tried; `/` stands for any separator. Words that mean
 * something only inside a block of a transformer count `inside` one.
 */
const table: readonly { readonly role: Role; readonly words: string; readonly inside?: RegExp }[] =
  [
    {
      role: 'attention-qkv',
      words: 'qkv|qkv/proj|wqkv|c/attn|query/key/value|in/proj|to/qkv|kqv|qkv/linear',
    },
    { role: 'attention-q', words: 'q/proj|query|wq|to/q|q/lin|linear/q|query/proj' },
    { role: 'attention-k', words: 'k/proj|key|wk|to/k|k/lin|linear/k|key/proj' },
    { role: 'attention-v', words: 'v/proj|value|wv|to/v|v/lin|linear/v|value/proj' },
    { role: 'attention-o', words: 'o/proj|to/out|out/lin|attention/output|attn/out|linear/out' },
    { role: 'mlp-gate', words: 'gate/proj|ffn/gate|wi/0' },
    { role: 'mlp-up', words: 'up/proj|ffn/up|wi/1|c/fc|fc/in|dense/h/to/4h|gate/up/proj' },
    { role: 'mlp-down', words: 'down/proj|ffn/down|fc/out|dense/4h/to/h' },
    { role: 'head', words: 'lm/head|classifier|logits|embed/out|output/projection' },
    { role: 'attention-q', words: 'q', inside: /attention|attn/ },
    { role: 'attention-k', words: 'k', inside: /attention|attn/ },
    { role: 'attention-v', words: 'v', inside: /attention|attn/ },
    { role: 'attention-o', words: 'o|wo|c/proj|out/proj|dense|proj', inside: /attention|attn/ },
    { role: 'mlp-gate', words: 'w1', inside: /mlp|ffn|feed\/forward/ },
    { role: 'mlp-up', words: 'w3', inside: /mlp|ffn|feed\/forward/ },
    { role: 'mlp-down', words: 'w2', inside: /mlp|ffn|feed\/forward/ },
    {
      role: 'mlp-up',
      words: 'fc1|lin1|linear1|wi|intermediate',
      inside: /block|layers?\/\d|h\/\d|mlp|ffn/,
    },
    {
      role: 'mlp-down',
      words: 'fc2|lin2|linear2|wo|c/proj|output/dense',
      inside: /block|layers?\/\d|h\/\d|mlp|ffn/,
    },
  ];

const rules = table.map(({ words, inside, role }) => ({
  role,
  inside,
  pattern: new RegExp(`(^|/)(${words})(/|$)`),
}));

/** The role that a weight's key or its node's name tells, if they do. */
export function roleOfName(key: string, nodeName: string): Role | undefined {
  const [first] = [ruleFor(key), ruleFor(nodeName)]
    .filter((rule) => rule >= 0)
    .sort((a, b) => a - b);
  return first === undefined ? undefined : rules[first]?.role;
}

/** The end of a name says most, and a name may be as long as its file. */
const longest = 200;

/** The first rule that a name fits; -1 where it fits none. */
function ruleFor(name: string): number {
  const path = name
    .slice(-longest)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '/');
  return rules.findIndex(
    ({ pattern, inside }) => pattern.test(path) && (inside?.test(path) ?? true),
  );
}
