/** Plots outside: animals in need, treasures, gardens, storms, practice. */
import type { Plot } from './plot.ts';

export const hurtAnimal: Plot = [
  [
    '{Weather}. {Hero} was walking {at} when {he} heard a (small|soft|sad) sound.',
    'One day, {hero} and {friend} were playing {at}. Suddenly, {friend} stopped. "Look!" {friendHe} said.',
  ],
  [
    'There was a little {animal} on the ground. It (had a hurt leg|could not move|was shaking|was stuck between two stones).',
    'Under a bush sat a tiny {animal}. It looked (cold and hungry|very scared|tired and weak).',
  ],
  [
    '\n"(Poor little thing|Oh, you poor {animal})," said {hero}. "(Do not be afraid|I will not hurt you|I will help you)."',
    '\n{Hero} came closer very slowly. {He} spoke in a quiet voice so that the {animal} would not be afraid.',
  ],
  [
    '{He} (picked it up gently|put it in {his} hat|wrapped it in {his} scarf) and carried it home. {His} {adult} knew what to do.',
    '{He} ran home to get {his} {adult}. "Come quickly!" {he} called. "A little {animal} needs us!"',
  ],
  [
    '\nThey (made a soft bed in a box|gave it water and food|put a small bandage on it). "(Now it needs rest|We must be patient)," said {Adult}.',
    '\n{Adult} looked at the {animal} and said, "It will get well, but we have to (take good care of it|keep it warm|feed it every day)."',
  ],
  [
    'Every day {hero} (brought it food|sat next to it and told it stories|checked if it was better). After a week, the {animal} was (strong|well|full of life) again.',
    'Days went by. The {animal} (ate more and more|began to play|looked at {hero} with bright eyes).',
  ],
  [
    '\nIt was time to say goodbye. {Hero} took the {animal} back to {place} and let it go. {He} was a little sad, but also {happy}.',
    '\n"It wants to go home," said {Adult}. {Hero} opened the box. The {animal} looked back one more time, as if to say thank you.',
  ],
  [
    'After that, the {animal} came to visit {him} (every day|many times|each spring).',
    '{Hero} knew that {he} had done (something good|the right thing).',
  ],
];

export const treasure: Plot = [
  [
    'One day, {hero} found a {treasure} {at}. It was (hidden under a leaf|half in the ground|next to a big rock).',
    '{Hero} was digging in the ground {at}. {His} hand touched something hard. It was a {treasure}!',
  ],
  [
    '"(Wow|How pretty|What is this)!" {he} said. "(I am rich|It must be magic|I will keep it forever)!"',
    '{He} had never seen anything so (beautiful|strange|shiny). {He} put it in {his} pocket and ran to show it to {friend}.',
  ],
  [
    '\n"(Whose is it|Did someone lose it|Where did you get that)?" asked {friend}. {Hero} had not thought of that.',
    '\nOn the way home, {he} saw an old (woman|man) who was looking for something on the ground. "(I lost something dear to me|Oh dear, where can it be)," said the old (woman|man).',
  ],
  [
    '{Hero} looked at the {treasure}. {He} wanted to keep it so much. But {he} knew it (was not {his}|belonged to someone else).',
    '{Hero} felt the {treasure} in {his} pocket. (It was hard to give it away|Nobody would know if {he} kept it). But it did not feel right.',
  ],
  [
    '\n"Is this yours?" {hero} asked and held it out. "Yes! (My grandma gave it to me when I was small|I was so sad without it)! Thank you, dear child."',
    '\nSo {hero} and {friend} asked everyone {at}. At last, an old lady began to smile. "That is my {treasure}! I thought I would never see it again."',
  ],
  [
    'To say thank you, they got (a basket of {food}s|a warm {food}|a {color} {toy}) and heard a story from long ago.',
    '{Hero} felt warm inside. "You have an honest heart," the old lady said. "That is worth more than (gold|any treasure)."',
  ],
  [
    '\nAnd {hero} went home with empty pockets and a (full|happy) heart.',
    '\n{His} {adult} was (proud of {him}|{happy}) when {he} told what had happened.',
  ],
];

export const garden: Plot = [
  [
    '{Hero} got a (tiny|small|brown) seed from {his} {adult}. "(Plant it and be patient|Give it water and love|It will become something wonderful)," said {Adult}.',
    'In spring, {hero} and {his} {adult} made a garden. {Hero} wanted to grow (the biggest pumpkin|a {color} flower|sweet strawberries|a tall sunflower).',
  ],
  [
    '{He} made a hole in the ground, put in the seed and gave it water. Then {he} (waited|sat down and watched).',
    '{Hero} dug with a {color} shovel. Soon {his} (hands|shoes|nose) and {his} clothes were full of dirt, and {he} laughed.',
  ],
  [
    '\nThe next day, nothing had grown. The day after, there was still nothing. "(It does not work|My seed is broken|Why does it take so long)?" said {hero}.',
    '\nBut day after day, there was only (brown earth|dirt) to see. {Hero} became (sad|impatient|angry).',
  ],
  [
    '"(Good things take time|A seed works in the dark where we cannot see it)," said {Adult}. "(Do not give up|Keep giving it water|Wait a little longer)."',
    '{Friend} came by. "(Maybe it needs more sun|Maybe it is sleeping)," {friendHe} said. They sang a song for the seed.',
  ],
  [
    '\nThen, one morning, {hero} saw (a tiny green leaf|something green). "It is growing!" {he} shouted so loudly that (the birds flew up|everyone woke up).',
    '\nAfter the rain, the sun came out, and a little green plant looked out of the ground. {Hero} was {happy}.',
  ],
  [
    'The plant grew and grew. Soon it was as tall as {hero}, and then (even taller|as tall as {his} {adult}).',
    '{He} took good care of it all summer. {He} (gave it water|pulled out the weeds|chased away the snails) every day.',
  ],
  [
    '\n"You see," said {Adult}, "(you were patient, and now you have something beautiful|it was worth the wait)."',
    '\n{Hero} shared (the flowers|what {he} had grown) with {friend} and all the neighbors. {He} was very proud.',
  ],
];

export const practice: Plot = [
  [
    '{Hero} wanted to {skill}. All {his} friends could do it, but {he} could not.',
    '"Look what I can do!" said {friend}. {FriendHe} could {skill}. {Hero} wanted to {skill}, too.',
  ],
  [
    '{He} tried once. It did not work. {He} tried again. (It still did not work|It was too hard|It went wrong again).',
    'The first time, {he} (fell down|stopped right away|did it all wrong), and some children laughed.',
  ],
  [
    '\n"(I will never learn it|I give up|It is too hard for me)!" said {hero}. {He} was (sad|angry|close to tears).',
    '\n{He} went home and sat on the steps. {His} {adult} sat down next to {him}. "What is the matter?" asked {Adult}. "I cannot {skill}," said {hero}.',
  ],
  [
    '"(When I was small, I could not do it either|Nobody can do it the first time)," said {Adult}. "(Practice a little every day|Try one small step at a time|Slow down and try again)."',
    '{Friend} said, "(I had to practice for weeks|It took me a long time, too). Come, I will show you. (First watch me|Do it slowly)."',
  ],
  [
    '\nSo {hero} practiced every day. On Monday it was bad. On Wednesday it was (a little better|better). {He} did not stop.',
    '\nDay after day, {hero} practiced {at}. Sometimes {he} was tired, but {he} (kept going|tried just one more time).',
  ],
  [
    'And then, one (fine|sunny|windy) day, it worked! "I can do it! I can {skill}!" {he} shouted.',
    'At the end of the week, {he} closed {his} eyes, took a deep breath and tried again. This time it worked!',
  ],
  [
    '\n{Adult} and {friend} (clapped|cheered|danced with {him}). {Hero} was {happy} and proud.',
    '\nNow, when something is hard, {hero} says, "(I cannot do it yet|I just need practice|One more time)!"',
  ],
];

export const storm: Plot = [
  [
    '{Hero} and {friend} wanted to have a picnic {at}. They packed (sandwiches and juice|a {food} and a {otherFood}|a basket full of food).',
    '{Weather}. {Hero} and {friend} were flying a kite {at}. They were having a lot of fun.',
  ],
  [
    '\nBut then big (gray|black|dark) clouds came. (Drip, drop|Boom|Splash)! It started to rain, and the thunder was loud.',
    '\nSuddenly, the wind became strong. The trees (bent|shook|danced) from side to side, and rain began to fall.',
  ],
  [
    '"I am scared," said {friend}. "(Hold my hand|Stay close to me|Do not be afraid)," said {hero}. "(I know a safe place|We will find a dry place)."',
    '"Quick, let us run!" said {hero}. But {friend} was so afraid that {friendHe} could not move. {Hero} took {friendHis} hand.',
  ],
  [
    '\nThey ran to (a little hut|an old barn|a cave) and waited inside. It was (dry|warm and dry), and it smelled of (wood|hay|earth).',
    '\nSoon they found (an empty barn|a small hut|a dry place under a big rock). A {animal} was hiding there, too!',
  ],
  [
    'They (told stories|sang songs|counted the seconds between the lightning and the thunder) until the storm was over.',
    'They shared the {food} with the {animal} and sang. The thunder did not seem so loud anymore.',
  ],
  [
    '\nWhen they came out, there was a (big|bright|beautiful) rainbow in the sky. "(Look how pretty it is|It was worth the rain)!" said {friend}.',
    '\nAt last, the sun came back. There were puddles everywhere. {Hero} jumped into the biggest one. Splash!',
  ],
  [
    'They walked home, wet and {happy}. {His} {adult} gave them (hot chocolate|dry socks|warm soup).',
    '"You were very brave," said {friend}. "(We were brave together|I was scared, too, but you were with me)," said {hero}.',
  ],
];
