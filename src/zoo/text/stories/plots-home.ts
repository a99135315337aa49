/** Plots around home: lost things, mistakes, cooking, fears. Each is a list of beats, each beat a choice. */
import type { Plot } from './plot.ts';

export const lostToy: Plot = [
  [
    '{hero} had a {color} {toy}. {He} (loved it very much|played with it every day|took it everywhere).',
    '{Hero} had one favorite thing in the whole world: a {color} {toy}.',
    'For {his} birthday, {hero} got a {color} {toy} from {his} {adult}. {He} (was so proud of it|never let it out of {his} sight|thought it was the best gift of all).',
  ],
  [
    '\nOne (morning|day|evening), the {toy} was gone. {Hero} looked (everywhere|in every room|high and low), but {he} could not find it.',
    '\nOne day, {hero} wanted to play, but the {toy} was not in its place. "Oh no! Where is my {toy}?" {he} (cried|asked).',
    '\nBut one (rainy day|sunny morning|afternoon), {hero} could not find the {toy}. {His} eyes filled with tears.',
  ],
  [
    '{He} went to {his} {adult} and said, "I lost my {toy}. Can you help me?"',
    '"What is wrong?" asked {his} {adult}. "My {toy} is lost," said {hero} in a sad voice.',
    '{Hero} ran to {his} {adult}. "I am so sad," {he} said. "My {color} {toy} is gone."',
  ],
  [
    '"(Do not worry|Do not cry|Take a deep breath)," said {Adult}. "(Let us look for it together|Think about where you saw it last|We will find it)."',
    '{His} {adult} (hugged|smiled at) {him} and said, "Let us search slowly. (Lost things like to hide in funny places|Every lost thing is somewhere)."',
  ],
  [
    '\nThey looked in the kitchen. They looked in the (garden|hall|bathroom). (Then|At last|Suddenly), {hero} saw something {color} {hiding}.',
    '\nFirst they looked in the bedroom, but it was not there. Then they looked {hiding}. And there it was!',
    '\n{Friend} came to help, too. Together they searched for a long time. At last, {friend} called, "I see it! It is {hiding}!"',
  ],
  [
    '"My {toy}!" shouted {hero}. {He} was {happy}. {He} (held it tight|danced around the room|gave {his} {adult} a big hug).',
    '{Hero} laughed and picked up the {toy}. "Thank you for helping me," {he} said.',
  ],
  [
    '\nFrom that day on, {hero} (always put the {toy} back in its place|was more careful with {his} things|never forgot where {he} put {his} toys).',
    '\n"Next time I will put it away," said {hero}. And {he} did.',
    '\nThat night, {hero} slept with the {toy} in {his} arms.',
  ],
];

export const brokenThing: Plot = [
  [
    '{Hero} was (playing|running|jumping) in the (kitchen|living room|hall), even though {his} {adult} had said, "(Please be careful|No running in the house|Play outside, please)."',
    'It was raining, so {hero} had to play inside. {He} was (throwing a ball|dancing|spinning around) in the living room.',
  ],
  [
    '\n(Crash|Bang)! The {color} (vase|cup|bowl|lamp|plate) fell on the floor and broke into (many|a hundred) pieces.',
    '\n{He} did not look where {he} was going and bumped into the table. The {color} (cup|vase|bowl) fell down and broke.',
  ],
  [
    '{Hero} was (scared|afraid|worried). {He} thought, "{Adult} will be (angry|so sad|upset). (Can I hide the pieces|Can I say the wind did it|What should I do)?"',
    '{His} heart beat fast. {He} wanted to (hide|run away|say that the cat did it), but {he} knew it was wrong to lie.',
  ],
  [
    '\n{He} told {his} friend {friend} about it. "(You should tell the truth|It is best to be honest)," said {friend}. "(Then you will feel better|A lie only gets bigger)."',
    '\n{Hero} sat in {his} room for a while. {His} tummy felt (funny|heavy|bad). "I will tell the truth," {he} decided.',
  ],
  [
    'So {hero} went to {his} {adult} and said, "I am sorry. I broke it. (I was not careful|It was an accident|I should have listened)."',
    'When {his} {adult} came home, {hero} (took a deep breath|looked at the floor) and told {adultHim} everything.',
  ],
  [
    '\n{His} {adult} was (quiet for a moment|a little sad), but then {adultHe} smiled. "Thank you for telling the truth," {adultHe} said. "(That was brave|I am proud of you|Things can break, but honesty is more important)."',
    '\n"I am not angry," said {Adult}. "(You told me the truth, and that makes me happy|Everyone makes mistakes). Let us clean it up together."',
  ],
  [
    'They swept up the pieces together. {Hero} learned that (it is always better to be honest|telling the truth is brave|saying sorry can fix many things).',
    'After that, {hero} (felt light and happy again|was always careful in the house|never ran in the house again).',
  ],
];

export const cooking: Plot = [
  [
    'It was a (rainy|cold|quiet|sunny) day. "Let us make {dish}!" said {Adult}. {Hero} (clapped {his} hands|jumped up and down|was {happy}).',
    '{Hero} was hungry. "Can we make {dish}?" {he} asked {his} {adult}. "(Yes, if you help me|What a good idea|Of course)," said {Adult}.',
    'It was {friend}\'s birthday, and {hero} wanted to make {dish} for {friendHim}. {His} {adult} said, "I can help you."',
  ],
  [
    'First, they (washed their hands|put on their aprons|read the recipe). Then {hero} (got a big bowl|found a long spoon|counted the eggs).',
    '{Hero} (stirred and stirred|mixed everything|poured the milk), and {Adult} (turned on the oven|cut the fruit|helped with the hot things).',
  ],
  [
    '\nBut then {hero} (dropped an egg on the floor|spilled the milk|put in salt and not sugar). "Oh no!" {he} cried. "(I ruined it|What a mess)!"',
    '\nBut the bag of flour fell over, and soon there was white dust everywhere. {Hero} looked like a (ghost|snowman)!',
  ],
  [
    '{Adult} only laughed. "(That happens to every cook|We can clean it up|We will just try again)," {adultHe} said.',
    '"Do not worry," said {Adult}. "(A good cook is a patient cook|Mistakes help us learn)."',
  ],
  [
    '\nThey tried again. Soon a (wonderful|sweet|warm|delicious) smell filled the (kitchen|whole house).',
    '\nThey waited and waited. "Is it ready?" asked {hero}. "(Not yet|Just a little longer)," said {Adult}. At last, it was done.',
  ],
  [
    'Then {friend} knocked on the door. "(What smells so good|May I have some)?" {friendHe} asked. "(Yes, come in|There is enough for everyone)," said {hero}.',
    '{Hero} carried it to the table very carefully. Everyone took a bite. "(It is delicious|This is the best I ever had|Yum)!" they said.',
  ],
  [
    '\nThey ate together and (told funny stories|laughed a lot|were {happy}). {Hero} was proud. {He} had made it (all with {his} own hands|with {his} {adult}).',
    '\n"Can we do it again tomorrow?" asked {hero}. {Adult} smiled and said, "(We will see|Yes, but you wash the dishes)."',
  ],
];

export const nightNoise: Plot = [
  [
    'It was night. {Hero} was in bed, and the room was very (dark|quiet).',
    'One night, {hero} could not sleep. The moon was (bright|big and round), and the wind was blowing.',
  ],
  [
    'Then {he} heard a noise. (Tap, tap, tap|Scratch, scratch|Thump, thump)! "(What was that|Is it a monster|Who is there)?" {he} whispered.',
    'Suddenly, there was a strange sound at the window. {Hero} pulled the blanket over {his} head. {He} was (so scared|very afraid).',
  ],
  [
    '\n{He} called {his} {adult}. "There is something (in my room|outside|under my bed)!" {he} said.',
    '\n{Hero} ran to {his} {adult}. "I heard a (monster|ghost|dragon)," {he} said with a small voice.',
  ],
  [
    '{Adult} took a light. "Let us (look together|be brave and see|find out)," {adultHe} said and held {his} hand.',
    '"(Sometimes small things make big noises|The dark makes everything look scary)," said {Adult}. "Come, we will look."',
  ],
  [
    '\nThey (opened the curtain|looked outside|walked slowly to the window). It was only a (branch that moved in the wind|little {animal} that wanted to come in|wet {animal})!',
    '\nThey turned on the light. And what did they see? A small {animal}! It was (lost|cold|more afraid than they were).',
  ],
  [
    '{Hero} (laughed|began to giggle|felt much better). "It is not scary at all," {he} said.',
    '"Hello, little noise," said {hero}, and {he} was not afraid anymore.',
  ],
  [
    '\n{Adult} (kissed {him} good night|tucked {him} in|sang a soft song). Soon {hero} was fast asleep.',
    '\nAfter that, when {hero} heard a noise, {he} (went to look|remembered that night and smiled|was not afraid).',
  ],
];
