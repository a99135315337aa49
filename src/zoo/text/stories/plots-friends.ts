/** Plots between friends: sharing, meeting, quarreling, giving, winning. */
import type { Plot } from './plot.ts';

export const sharing: Plot = [
  [
    '{Hero} had a {color} {toy}. {He} took it to {place}.',
    'One day, {hero} went to {place} with a big {food}. {He} wanted to eat it all alone.',
    '{Hero} was playing {at} with a new {toy}. It was {color} and (shiny|very pretty|fun).',
  ],
  [
    '{Friend} was there, too. "(May I have a turn|Can we share|Can I have some)?" asked {friend}.',
    'A {friendTrait} {friendKind} named {friend} came and looked at it. "(That looks fun|I would like some, too)," {friendHe} said. "Will you share with me?"',
  ],
  [
    '\n"No!" said {hero}. "It is mine!" {Friend} (was sad|looked at the ground|walked away with tears in {friendHis} eyes).',
    '\n{Hero} shook {his} head. "(I do not want to share|Go away|You cannot have it)," {he} said. {Friend} felt (sad|hurt) and sat down under a tree.',
  ],
  [
    'But soon {hero} felt (lonely|bored|bad). (Being alone was not so nice|It was no fun to be alone|There was nobody to laugh with).',
    '{His} {adult} saw it and said, "(How would you feel if {friend} did that to you|Do you remember when {friend} shared with you|Things are more fun when we share them)."',
  ],
  [
    '\n{Hero} thought about it. Then {he} went to {friend} and said, "I am sorry. (Let us share|We can take turns|You can go first)."',
    '\nSo {hero} walked over to {friend}. "(I was not nice|I was wrong)," {he} said. "Do you want to (play with me|share with me)?"',
  ],
  [
    '{Friend} smiled. "(Thank you|Yes, please|I would love that)!" {friendHe} said. And they (had so much fun|laughed all day|became best friends).',
    '{FriendHe} was so happy that {friendHe} gave {hero} (a hug|half of {friendHis} {otherFood}|a flower). They played until the sun went down.',
  ],
  [
    '\n{Hero} learned that sharing (makes everything better|makes two people happy|is fun).',
    '\nFrom that day on, {hero} and {friend} (shared everything|always took turns|were good friends).',
    '\nWhen {hero} came home, {he} told {his} {adult}, "Today I made a friend."',
  ],
];

export const newFriend: Plot = [
  [
    '{Hero} was new in town. {He} did not know (anyone|a single child|anybody). {He} felt (lonely|shy|a little sad).',
    '{Hero} had no one to play with. Every day {he} sat {at} and (watched the clouds|counted the ants|drew in the sand).',
  ],
  [
    '\nOne day, {he} saw a {friendKind} {at}. The {friendKind} was (flying a kite|looking for something|sitting all alone|trying to reach an {food} on a tree).',
    '\n{Weather}. {At}, {hero} met a {friendTrait} {friendKind} with a {color} {toy}.',
  ],
  [
    '{Hero} wanted to say hello, but {he} was too (shy|scared). "(What if {friendHe} does not like me|What should I say)?" {he} thought.',
    '{Hero} hid behind a tree and watched. {His} heart was beating fast.',
  ],
  [
    '\nThen the {toy} fell (into the water|down the hill|into a bush), and the {friendKind} began to cry. {Hero} forgot to be shy. "I will help you!" {he} called.',
    '\nThe {friendKind} looked up and smiled. "Hello! I am {friend}," {friendHe} said. "(What is your name|Do you want to play)?"',
  ],
  [
    '"My name is {hero}," said {hero} (softly|with a smile). "(Can I help you|Can we play together)?" "(Yes|I would like that|Of course)!" said {friend}.',
    '{Hero} told {friendHim} {his} name. Soon they were (talking about animals|running and laughing|building a house of sticks).',
  ],
  [
    'They played (all afternoon|hide and seek|with the {toy}) and (shared a {food}|climbed on the rocks|sang a silly song).',
    'First they raced to the (big tree|gate|bridge). Then they sat down and shared a {food}. "(You are funny|You are so nice)," said {friend}.',
  ],
  [
    '\nWhen it was time to go home, {friend} asked, "Will you come back tomorrow?" "Yes!" said {hero}. {He} was not lonely anymore.',
    '\nThat evening, {hero} said to {his} {adult}, "I have a friend now." {Adult} (smiled|was {happy}). "(Saying hello is sometimes all it takes|I knew you would)," {adultHe} said.',
  ],
];

export const surprise: Plot = [
  [
    "Tomorrow was {friend}'s birthday, but {hero} did not have a gift. {He} had no money.",
    '{Friend} was (sick in bed|very sad|feeling lonely), and {hero} wanted to cheer {friendHim} up.',
  ],
  [
    '"What can I give {friendHim}?" {hero} asked {his} {adult}. "(The best gifts are made with love|You do not need money to be kind|Think about what makes {friendHim} smile)," said {Adult}.',
    '{Hero} thought and thought. {He} walked (up and down|to {place} and back). Then {he} had an idea!',
  ],
  [
    '\n{He} took (paper, glue and a {color} pen|some {color} paint|a box and a ribbon) and (worked all day|made a big card|painted a picture of the two of them).',
    '\n{He} went to {place} and picked (flowers of every color|the sweetest berries|a basket of apples). Then {he} tied them with a {color} ribbon.',
  ],
  [
    'But (the wind blew it away|it began to rain|the {animal} stepped on it)! {Hero} almost cried. "(I will not give up|I can do it again)," {he} said.',
    'It was not easy. {His} hands got (sticky|dirty|tired), but {hero} kept going.',
  ],
  [
    '\nAt last, it was ready. {Hero} ran to {friend}\'s house and knocked. "Surprise!" {he} shouted.',
    "\nThe next day, {hero} put it in front of {friend}'s door, rang the bell and hid behind a bush.",
  ],
  [
    '{Friend} could not believe {friendHis} eyes. "(Did you make this for me|Is this for me)?" {friendHe} asked. "It is the (best|most beautiful) gift ever!"',
    'When {friend} saw it, {friendHis} face (lit up|became one big smile). "Thank you, {hero}!" {friendHe} said and hugged {him}.',
  ],
  [
    '\n{Hero} was {happy}. {He} learned that (giving can be even better than getting|a gift from the heart is the best gift).',
    '\nThey spent the rest of the day together and ate (cake|{food}s|soup). It was a (wonderful|perfect) day.',
  ],
];

export const race: Plot = [
  [
    'Every year there was a big race {at}. {Hero} wanted to win. {Friend} wanted to win, too.',
    '"I am the fastest {kind} in town!" said {hero}. "(We will see|Maybe I am faster)," said {friend}. So they made a race to the (old bridge|big tree|top of the hill).',
  ],
  [
    '\nThey stood side by side. "(Ready, set, go|One, two, three, go)!" called {Adult}. {Hero} ran as fast as {he} could.',
    '\nWhen the race began, {hero} was in front. The wind blew in {his} face. "I am going to win!" {he} thought.',
  ],
  [
    'But then {friend} (fell over a stone|tripped and fell|hurt {friendHis} foot). "Ouch!" {friendHe} cried.',
    'Then {he} heard a cry. {Friend} was sitting on the ground and holding {friendHis} knee.',
  ],
  [
    '\n{Hero} looked at the finish line. It was so close! But {friend} was {his} friend. {He} stopped and (turned around|ran back).',
    '\n"Should I go on or should I help?" thought {hero}. {He} did not think for long. {He} went back.',
  ],
  [
    '"(Are you hurt?|Can you stand up?|Let me help you,)" {he} said. {He} took {friend}\'s hand, and they walked the rest of the way together.',
    '{He} (helped {friendHim} up|cleaned the knee with some water). "You will not win now," said {friend}. "(That is fine|You are more important)," said {hero}.',
  ],
  [
    '\nThey crossed the line last, but everyone (clapped|cheered) for them. "You did not win the race," said {Adult}, "but you (won something better|have a big heart)."',
    '\n{Adult} gave them both a {color} ribbon. "(This is for being a good friend|Kindness wins, too)," {adultHe} said.',
  ],
  [
    '{Hero} and {friend} smiled at each other. They knew that (friends are better than prizes|helping is better than winning).',
    'And from that day on, {hero} and {friend} always ran side by side.',
  ],
];
