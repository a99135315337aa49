/** Seeded little stories from sentences of our own: a hero, a friend, a place, a problem, an ending. */
import type { Random } from '../../core/math/random.ts';
import { drawScene } from './stories/cast.ts';
import type { Plot } from './stories/plot.ts';
import { newFriend, race, sharing, surprise } from './stories/plots-friends.ts';
import { brokenThing, cooking, lostToy, nightNoise } from './stories/plots-home.ts';
import { garden, hurtAnimal, practice, storm, treasure } from './stories/plots-outside.ts';
import { fill, pick } from './templates.ts';

const plots: readonly Plot[] = [
  lostToy,
  brokenThing,
  cooking,
  nightNoise,
  sharing,
  newFriend,
  surprise,
  race,
  hurtAnimal,
  treasure,
  garden,
  practice,
  storm,
];

const beginnings = [
  'Once upon a time, there was a {trait} {kind} named {hero}.',
  'Once there was a {kind} called {hero}. {He} was {trait} and (kind|friendly|cheerful|brave).',
  'There was a {trait} {kind}. {His} name was {hero}.',
  '{Hero} was a {trait} {kind} who lived (near {place}|in a small house|in a little town|at the end of the road).',
  'Once upon a time, in a (small|quiet|green) (village|town|valley), there lived a {kind} named {hero}.',
  'Long ago, a {trait} {kind} named {hero} lived with {his} {adult}.',
] as const;

const looks = [
  '{He} liked to (play {at}|look at the stars|listen to stories|sing|draw pictures|collect stones|help {his} {adult}).',
  '{He} had a good friend named {friend}. {Friend} was a {friendTrait} {friendKind}.',
  'Every morning, {he} (sang a little song|looked out of the window|fed the birds|ran to {place}).',
  '{His} best friend was a {friendKind} named {friend}.',
  '{He} loved (apples|rainy days|the color {color}|animals|long walks|funny hats).',
] as const;

const endings = ['\nThe end.', '\nAnd they all lived happily.', '', '', '', ''] as const;

/** One story of about 100 to 200 words, paragraphs on lines of their own. */
export function tellStory(random: Random): string {
  const scene = drawScene(random);
  const beats = [
    beginnings,
    ...(random.integer(3) > 0 ? [looks] : []),
    ...pick(random, plots).map((beat, at) => (at === 0 ? beat.map((one) => `\n${one}`) : beat)),
    endings,
  ];
  return beats
    .map((beat) => fill(random, pick(random, beat), scene))
    .filter((part) => part !== '')
    .join(' ')
    .replace(/ ?\n ?/g, '\n')
    .trim();
}
