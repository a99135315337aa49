/** Who and what the little stories are about. */
import type { Random } from '../../../core/math/random.ts';
import { pick, pickSeveral, type Slots } from '../templates.ts';

const girls =
  'Lily Mia Anna Ella Zoe Rosa Nora Ivy Clara Amy Lucy Maya Sara Jane Tina Emma Kate Molly Ruby Daisy Eva Hana Lena Nina'.split(
    ' ',
  );
const boys =
  'Tom Ben Max Sam Leo Jack Tim Finn Noah Oscar Paul Adam Joe Luke Theo Hugo Dan Eli Ravi Omar Pete Charlie Felix Will'.split(
    ' ',
  );
const animals =
  'rabbit|bear|fox|mouse|cat|dog|duck|frog|squirrel|hedgehog|pig|lamb|owl|turtle|kitten|puppy|pony|otter|penguin|beaver'.split(
    '|',
  );
const petNames = 'Pip Dot Coco Momo Fuzzy Benny Tilly Bobo Hazel Nibbles Buttons Rusty'.split(' ');
const adults = [
  { name: 'mom', pronouns: 'she' },
  { name: 'mommy', pronouns: 'she' },
  { name: 'dad', pronouns: 'he' },
  { name: 'daddy', pronouns: 'he' },
  { name: 'grandma', pronouns: 'she' },
  { name: 'grandpa', pronouns: 'he' },
  { name: 'aunt', pronouns: 'she' },
  { name: 'uncle', pronouns: 'he' },
] as const;

const traits = 'little|small|young|cheerful|curious|shy|kind|quiet|clever|playful'.split('|');
const feelings = 'happy|glad|excited|cheerful|full of joy|very happy'.split('|');
const colors = 'red|blue|green|yellow|purple|orange|pink|white|silver|brown'.split('|');
const toys =
  'ball|kite|doll|toy car|toy boat|teddy bear|drum|puzzle|wooden train|robot|hat|scarf|picture book|bell|spinning top|balloon'.split(
    '|',
  );
const foods =
  'apple|cookie|banana|sandwich|pear|muffin|piece of cake|orange|carrot|pancake|peach|slice of bread'.split(
    '|',
  );
const dishes =
  'a chocolate cake|an apple pie|cookies|pancakes|vegetable soup|a big pizza|bread|muffins|a fruit salad'.split(
    '|',
  );
const wildAnimals = 'bird|rabbit|kitten|puppy|squirrel|hedgehog|duck|butterfly|turtle|frog'.split(
  '|',
);
const treasures =
  'shiny coin|smooth stone|golden key|silver ring|pretty shell|wooden box|little bell|old map|glass marble|red button'.split(
    '|',
  );
const skills = [
  'ride a bike',
  'swim',
  'tie {his} shoes',
  'whistle',
  'draw a horse',
  'climb the big tree',
  'play the flute',
  'skate',
  'jump rope',
  'catch a ball',
  'read a long book',
  'build a tall tower',
] as const;
const places = [
  'in the park|the park',
  'in the garden|the garden',
  'in the forest|the forest',
  'at the beach|the beach',
  'by the lake|the lake',
  'on the farm|the farm',
  'by the river|the river',
  'in the meadow|the meadow',
  'on the hill|the hill',
  'in the yard|the yard',
  'at the playground|the playground',
].map((pair) => pair.split('|') as [string, string]);
const hidingPlaces =
  'under the bed|behind the sofa|inside a shoe|under a pile of leaves|behind the door|on top of the shelf|in the basket|under the table|in the tall grass|inside the toy box'.split(
    '|',
  );
const weathers =
  'The sun was shining|The sky was blue|It was a warm day|A soft wind was blowing|It was a bright morning|The birds were singing|It was a cool afternoon|White clouds moved over the sky'.split(
    '|',
  );

const forms = {
  she: { he: 'she', him: 'her', his: 'her' },
  he: { he: 'he', him: 'him', his: 'his' },
} as const;

interface Character {
  readonly name: string;
  /** "girl", "boy" or an animal. */
  readonly kind: string;
  readonly pronouns: 'she' | 'he';
}

/** A hero and a friend of the same world: two children, or two animals. */
function characters(random: Random): [Character, Character] {
  if (random.integer(10) < 3) {
    const names = pickSeveral(random, petNames, 2);
    const kinds = pickSeveral(random, animals, 2);
    return [0, 1].map((at) => ({
      name: names[at]!,
      kind: kinds[at]!,
      pronouns: random.integer(2) === 0 ? ('she' as const) : ('he' as const),
    })) as [Character, Character];
  }
  const child = (): Character =>
    random.integer(2) === 0
      ? { name: pick(random, girls), kind: 'girl', pronouns: 'she' }
      : { name: pick(random, boys), kind: 'boy', pronouns: 'he' };
  const hero = child();
  let friend = child();
  while (friend.name === hero.name) friend = child();
  return [hero, friend];
}

/** Everything that a story can mention, fixed for its length. */
export function drawScene(random: Random): Slots {
  const [hero, friend] = characters(random);
  const adult = pick(random, adults);
  const own = forms[hero.pronouns];
  const other = forms[friend.pronouns];
  const older = forms[adult.pronouns];
  const [at, place] = pick(random, places);
  const [trait, otherTrait] = pickSeveral(random, traits, 2);
  const [food, otherFood] = pickSeveral(random, foods, 2);
  return {
    hero: hero.name,
    kind: hero.kind,
    ...own,
    friend: friend.name,
    friendKind: friend.kind,
    friendHe: other.he,
    friendHim: other.him,
    friendHis: other.his,
    adult: adult.name,
    adultHe: older.he,
    adultHim: older.him,
    adultHis: older.his,
    at,
    place,
    trait: trait!,
    friendTrait: otherTrait!,
    food: food!,
    otherFood: otherFood!,
    dish: pick(random, dishes),
    toy: pick(random, toys),
    color: pick(random, colors),
    animal: pick(random, wildAnimals),
    treasure: pick(random, treasures),
    skill: pick(random, skills).replace('{his}', own.his),
    hiding: pick(random, hidingPlaces),
    weather: pick(random, weathers),
    happy: pick(random, feelings),
  };
}
