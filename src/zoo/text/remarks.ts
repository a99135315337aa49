/** Seeded remarks of our own, good and bad, on things of daily life. */
import type { Random } from '../../core/math/random.ts';
import type { Opinion } from './opinions.ts';
import { fill, pick, pickSeveral } from './templates.ts';

/** What a remark is about. Lists are divided by `|`. */
interface Topic {
  readonly things: string;
  /** Sides of a thing that can be good or bad by themselves. */
  readonly parts: string;
  readonly good: string;
  readonly bad: string;
  /** Remarks that fit no other topic. */
  readonly praise: readonly string[];
  readonly blame: readonly string[];
}

const topics: readonly Topic[] = [
  {
    things: 'film|movie|comedy|thriller|documentary|drama',
    parts: 'acting|plot|ending|camera work|dialogue|soundtrack|pace',
    good: 'moving|clever|funny|gripping|beautiful|original|sincere|thrilling',
    bad: 'dull|silly|predictable|flat|clumsy|tedious|shallow|lifeless',
    praise: [
      'I (laughed|cried) (until the end|more than once), and so did everyone around me.',
      'Two hours passed like ten minutes.',
      'You will (remember this one|think about it) for (weeks|a long time).',
      'The best {thing} that I have seen (this year|in years).',
    ],
    blame: [
      'I fell asleep (halfway through|before the end), and missed nothing.',
      'Two hours of my life that I will not get back.',
      'Half of the audience (left early|looked at their phones).',
      'The trailer shows all the good scenes, (both|all three) of them.',
    ],
  },
  {
    things: 'soup|pizza|curry|salad|breakfast|dinner|cake|steak',
    parts: 'sauce|crust|service|smell|portion|dessert|wine',
    good: 'delicious|fresh|tasty|perfectly cooked|generous|wonderful',
    bad: 'cold|tasteless|greasy|burnt|salty|stale|disgusting',
    praise: [
      'We (ate|finished) everything and ordered (the same again|another one).',
      'My (grandmother|mother) could not have cooked it better.',
      'I would (drive an hour|cross the city) for that {thing}.',
    ],
    blame: [
      'We waited an hour, and then they brought the wrong {thing}.',
      'I was (ill|sick) for two days after that {thing}.',
      'Most of it went (to the dog|into the bin).',
    ],
  },
  {
    things: 'weather|day|morning|summer|weekend',
    parts: 'air|sky|wind|light|temperature',
    good: 'lovely|mild|glorious|bright|pleasant|perfect',
    bad: 'miserable|gray and wet|awful|freezing|stormy|dreadful',
    praise: [
      'Sunshine from morning to night, (who could ask for more|just what we had hoped for).',
      'We sat outside until midnight, it was so warm.',
      'Fresh snow and a blue sky: the children were in heaven.',
    ],
    blame: [
      'It rained (all week|every single day), and our tent leaked.',
      'The storm ruined (our picnic|the whole party).',
      'Fog, mud and cold feet: I should have stayed in bed.',
    ],
  },
  {
    things: 'job|project|meeting|office|course|training',
    parts: 'pay|team|boss|schedule|mood|planning',
    good: 'rewarding|interesting|well organized|friendly|fair|inspiring',
    bad: 'stressful|chaotic|pointless|unfair|exhausting|badly planned',
    praise: [
      'I look forward to Mondays now.',
      'My boss thanked (us all|the whole team) and gave us a day off.',
      'I learned more in (a week|one month) than in a year at school.',
    ],
    blame: [
      'Nobody listens, and the best people (leave|have left).',
      'Another meeting in which nothing was decided.',
      'They promised me a raise and gave me (excuses|more work) instead.',
    ],
  },
  {
    things: 'concert|song|album|band|choir|festival',
    parts: 'voice|melody|drumming|sound|guitar|rhythm',
    good: 'catchy|brilliant|powerful|warm|unforgettable|full of energy',
    bad: 'out of tune|boring|loud|weak|noisy|uninspired',
    praise: [
      'We danced (all night|until our feet hurt) and sang along.',
      'I have played that {thing} every day since.',
      'When she began to sing, I had goose bumps.',
    ],
    blame: [
      'We left (after three songs|during the break) with a headache.',
      'He forgot the words and blamed the (piano|crowd).',
      'I paid eighty dollars to hear (a recording|my neighbors talk).',
    ],
  },
  {
    things: 'hotel|room|trip|cruise|beach|flight',
    parts: 'bed|view|staff|bathroom|location|food',
    good: 'clean|comfortable|charming|quiet|excellent|spotless',
    bad: 'dirty|noisy|overpriced|shabby|rude|disappointing',
    praise: [
      'We (have booked again for|are going back) next (year|summer).',
      'They even (upgraded our room|kept a table for us) without being asked.',
      'The sea was right (outside|below) our window, and we slept like babies.',
    ],
    blame: [
      'There was mold on the wall and a stranger’s hair in the (bed|shower).',
      'Our bags were lost, and nobody cared.',
      'We checked out after one night and want our money back.',
    ],
  },
  {
    things: 'phone|laptop|camera|vacuum cleaner|headset|printer',
    parts: 'battery|screen|sound|design|software|manual',
    good: 'fast|reliable|handy|excellent|easy to use|solid',
    bad: 'slow|flimsy|useless|faulty|complicated|poor',
    praise: [
      'It works (right out of the box|as well as on the first day), I recommend it to everyone.',
      'Worth every cent.',
      'After two years of daily use it still runs (perfectly|like new).',
    ],
    blame: [
      'It broke after (a week|three days), and they refuse to repair it.',
      'Save your money and buy something else.',
      'I sent it back, and the new one does not work either.',
    ],
  },
  {
    things: 'book|novel|story|poem|biography',
    parts: 'style|hero|language|first chapter|message|humor',
    good: 'touching|wise|exciting|elegant|witty|rich',
    bad: 'long-winded|confusing|dry|pretentious|sloppy|hollow',
    praise: [
      'I read it (in one night|twice in a row) and gave it to all my friends.',
      'I could not put it down.',
      'Every page has a sentence that I wanted to keep.',
    ],
    blame: [
      'I gave up after (fifty pages|two chapters).',
      'The author has nothing to say, and needs six hundred pages for it.',
      'Full of mistakes: did nobody read it before it was printed?',
    ],
  },
  {
    things: 'game|match|team|season|training session',
    parts: 'defense|attack|coach|atmosphere|second half|spirit',
    good: 'outstanding|exciting|fair|strong|brave|superb',
    bad: 'weak|lazy|embarrassing|hopeless|brutal|dull',
    praise: [
      'We won in the last minute, and the whole town celebrated.',
      'They fought for every ball and deserved (the cup|to win).',
      'My daughter came home beaming and wants to play again.',
    ],
    blame: [
      'We lost (five|six) to nothing, and it could have been worse.',
      'They did not even try.',
      'The referee ruined it for everyone.',
    ],
  },
  {
    things: 'shop|market|hairdresser|dentist|bakery|garage',
    parts: 'advice|price|service|choice|owner|waiting room',
    good: 'helpful|friendly|fair|patient|careful|trustworthy',
    bad: 'unfriendly|careless|dishonest|slow|arrogant|shocking',
    praise: [
      'They took their time and (would not even charge me|explained everything).',
      'I have been coming here for years and was never let down.',
      'I came in with a problem and left with a smile.',
    ],
    blame: [
      'They charged me twice and never apologized.',
      'I asked for help and was (laughed at|ignored).',
      'Never again, not even if it were free.',
    ],
  },
];

const praise: readonly string[] = [
  'The {thing} was {good}.',
  'What a {good} {thing}!',
  'I (loved|really enjoyed|was delighted with) (this|the) {thing}, above all the {part}.',
  'The {part} was {good}, and the {other} even better.',
  'A {good} {thing} with (a|one) {very} {good} {part}.',
  'I (had expected|was afraid of) a {bad} {thing}, but the {part} was {good}.',
  'The {part} was a little {bad}, but the {other} was so {good} that nobody minded.',
  'Not {bad} at all: the {thing} was {good}.',
  'Never was a {part} so {good}.',
  'I can only recommend this {thing}, the {part} is {good}.',
];

const blame: readonly string[] = [
  'The {thing} was {bad}.',
  'What a {bad} {thing}!',
  'I (hated|regret|was disappointed by) (this|the) {thing}, above all the {part}.',
  'The {part} was {bad}, and the {other} even worse.',
  'A {bad} {thing} with (a|one) {very} {bad} {part}.',
  'I had hoped for a {good} {thing}, but the {part} was {bad}.',
  'The {part} was (almost|quite) {good}, but the {other} was so {bad} that it spoiled everything.',
  'Not {good} at all: the {thing} was {bad}.',
  'Never was a {part} so {bad}.',
  'I can only warn you of this {thing}, the {part} is {bad}.',
];

/** `count` different remarks, good and bad in turn, on one topic after the other. */
export function drawRemarks(count: number, random: Random): Opinion[] {
  const remarks = new Map<string, Opinion>();
  while (remarks.size < count) {
    const positive = remarks.size % 2 === 0;
    const topic = topics[Math.floor(remarks.size / 2) % topics.length]!;
    const text = remark(random, topic, positive);
    if (!remarks.has(text)) remarks.set(text, { text, positive });
  }
  return [...remarks.values()];
}

function remark(random: Random, topic: Topic, positive: boolean): string {
  const [general, own] = positive ? [praise, topic.praise] : [blame, topic.blame];
  const template = pick(random, random.integer(4) === 0 ? own : general);
  const [part = '', other = ''] = pickSeveral(random, topic.parts.split('|'), 2);
  return fill(random, template, {
    thing: pick(random, topic.things.split('|')),
    good: pick(random, topic.good.split('|')),
    bad: pick(random, topic.bad.split('|')),
    very: pick(random, ['very', 'truly', 'really']),
    part,
    other,
  });
}
