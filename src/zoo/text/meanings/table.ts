/** What can be meant: ways to say it, and sentences that look alike but say something else. */
export interface Meaning {
  readonly ways: readonly string[];
  readonly unlike: readonly string[];
}

const meaning = (ways: string, unlike: string): Meaning => {
  const lines = (text: string): string[] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim());
  return { ways: lines(ways), unlike: lines(unlike) };
};

export const meanings: readonly Meaning[] = [
  meaning(
    `a {person} is playing the {instrument}
     the {instrument} is being played by a {person}
     a {person} plays music on the {instrument}
     someone, a {person}, is (practicing|performing) on the {instrument}`,
    `a {person} is (selling|breaking|carrying) the {instrument}
     nobody is playing the {instrument}`,
  ),
  meaning(
    `a {person} is eating {food}
     {food} is being eaten by a {person}
     a {person} is having some {food} for (lunch|dinner)
     the {person} (enjoys|eats) a meal of {food}`,
    `a {person} is (throwing away|selling|buying) {food}
     the {person} refuses to eat {food}`,
  ),
  meaning(
    `a {person} is (cooking|preparing) {food} in the {place}
     in the {place}, {food} is being (cooked|prepared) by a {person}
     the {person} makes a dish of {food} in the {place}`,
    `a {person} is sleeping in the {place}
     there is no {food} in the {place}`,
  ),
  meaning(
    `a {animal} is running (through|across) the {place}
     the {animal} runs (through|across) the {place}
     there is a {animal} that is racing across the {place}`,
    `a {animal} is sleeping in the {place}
     the {animal} has been taken away from the {place}`,
  ),
  meaning(
    `the {animal} is asleep in the {place}
     a {animal} sleeps in the {place}
     in the {place}, a {animal} is taking a nap`,
    `the {animal} is awake and running around in the {place}
     a {animal} is eating in the {place}`,
  ),
  meaning(
    `the {person} is driving a {vehicle}
     a {vehicle} is being driven by the {person}
     the {person} is at the wheel of a {vehicle}`,
    `the {person} is (washing|repairing) a {vehicle}
     the {person} does not own a {vehicle}`,
  ),
  meaning(
    `the {vehicle} arrived late {time}
     {time}, the {vehicle} did not come on time
     the {vehicle} was delayed {time}`,
    `the {vehicle} arrived on time {time}
     the {vehicle} left early {time}`,
  ),
  meaning(
    `the {person} bought a new {thing}
     a new {thing} was (bought|purchased) by the {person}
     the {person} paid money for a new {thing}`,
    `the {person} (sold|lost|broke) the old {thing}
     the {person} did not want a new {thing}`,
  ),
  meaning(
    `the {person} lost the {thing} in the {place}
     the {thing} was lost by the {person} in the {place}
     in the {place}, the {person} could not find the {thing} anymore`,
    `the {person} found the {thing} in the {place}
     the {person} bought the {thing} in the {place}`,
  ),
  meaning(
    `the {person} gave a {thing} to the (boss|mother|brother)
     a {thing} was handed over by the {person}
     the {person} made a present of a {thing}`,
    `the {person} stole a {thing}
     the {person} kept the {thing} for himself`,
  ),
  meaning(
    `the {person} and the friends are playing {sport}
     a group with a {person} plays {sport}
     {sport} is being played by the {person} and some friends`,
    `the {person} hates {sport}
     the {person} is only watching {sport} on television`,
  ),
  meaning(
    `the movie was {good}
     I found the film {good}
     that was a {good} (film|movie|picture)
     we thought that the film was really {good}`,
    `the movie was {bad}
     I found the film {bad}
     that was not a {good} film`,
  ),
  meaning(
    `the book about the {topic} is {good}
     it is a {good} book on the subject of the {topic}
     what was written about the {topic} is {good} to read`,
    `the book about the {topic} is {bad}
     there is no book about the {topic}`,
  ),
  meaning(
    `people are (talking|speaking) about the {topic}
     the {topic} is being discussed
     there is a (conversation|discussion) about the {topic}`,
    `nobody wants to talk about the {topic}
     people have stopped thinking about the {topic}`,
  ),
  meaning(
    `the government wants to change the {topic}
     there are plans of the (state|government) for the {topic}
     politicians intend to do something about the {topic}`,
    `the government does nothing about the {topic}
     citizens are happy with the {topic} as it is`,
  ),
  meaning(
    `it is raining (hard|heavily) in the {place}
     there is heavy rain in the {place}
     the rain is pouring down on the {place}`,
    `the sun is shining in the {place}
     it has not rained in the {place} for weeks`,
  ),
  meaning(
    `it is very cold {time}
     {time}, the temperature is low
     {time}, everything is freezing`,
    `it is very hot {time}
     {time}, the temperature is high`,
  ),
  meaning(
    `the {person} is (happy|glad|cheerful|full of joy)
     the {person} feels (happy|glad|great)
     the {person} is in a good mood`,
    `the {person} is (sad|unhappy|in tears)
     the {person} is in a bad mood
     the {person} is not happy`,
  ),
  meaning(
    `the {person} is (angry|furious|very upset)
     the {person} is full of (anger|rage)
     something made the {person} very mad`,
    `the {person} is (calm|relaxed)
     the {person} is not angry at all`,
  ),
  meaning(
    `the {person} is (ill|sick|not well)
     the {person} has (caught a disease|fallen ill)
     the {person} has to stay in bed because of an illness`,
    `the {person} is healthy and strong
     the {person} has recovered`,
  ),
  meaning(
    `the {person} walks to the {place} {time}
     {time}, the {person} goes to the {place} on foot
     the {person} takes a walk to the {place} {time}`,
    `the {person} stays at home {time}
     the {person} comes back from the {place} {time}`,
  ),
  meaning(
    `two (dogs|children|men) are fighting in the {place}
     there is a fight between two of them in the {place}
     in the {place}, two are attacking each other`,
    `two (dogs|children|men) are resting in the {place}
     two friends are hugging in the {place}`,
  ),
  meaning(
    `the {thing} is on the table
     there is a {thing} on the table
     on the table lies a {thing}`,
    `the {thing} is under the bed
     there is no {thing} on the table`,
  ),
  meaning(
    `how can I (repair|fix|mend) my {thing}?
     what is the best way to (repair|fix) a {thing}?
     my {thing} is broken, what can I do?`,
    `where can I buy a {thing}?
     how can I sell my {thing}?`,
  ),
  meaning(
    `where is the (nearest|closest) {place}?
     how do I get to the {place}?
     can you tell me the way to the {place}?`,
    `when was the {place} built?
     how big is the {place}?`,
  ),
  meaning(
    `how much does the {vehicle} cost?
     what is the price of the {vehicle}?
     how much money must I pay for the {vehicle}?`,
    `how fast is the {vehicle}?
     who invented the {vehicle}?`,
  ),
  meaning(
    `the {person} is reading a {thing} in the {place}
     in the {place}, a {person} sits and reads
     the {person} looks into a {thing} and reads it`,
    `the {person} is burning a {thing}
     the {person} cannot read`,
  ),
  meaning(
    `the {person} cuts the {food} with a knife
     the {food} is being cut into pieces by the {person}
     the {person} is slicing the {food}`,
    `the {person} is frying the {food}
     the {person} is washing a knife`,
  ),
  meaning(
    `the house is {bad}
     what a {bad} house
     the building where they live is {bad}`,
    `the house is {good}
     they left the house`,
  ),
  meaning(
    `the service in the restaurant was {bad}
     the waiters were {bad}
     I had a {bad} experience in that restaurant`,
    `the service in the restaurant was {good}
     the restaurant is closed`,
  ),
  meaning(
    `the {person} jumped into the (water|lake|pool)
     the {person} dived into the (water|lake|pool)
     with a jump, the {person} was in the water`,
    `the {person} climbed out of the water
     the {person} is afraid of water`,
  ),
  meaning(
    `the {person} died {time}
     {time}, the {person} passed away
     the death of the {person} came {time}`,
    `the {person} was born {time}
     the {person} got married {time}`,
  ),
  meaning(
    `the company earned a lot of money {time}
     {time}, the firm made large profits
     business was very good for the company {time}`,
    `the company lost a lot of money {time}
     the firm had to close {time}`,
  ),
  meaning(
    `the {person} is (shouting|yelling) at the {animal}
     the {animal} is being shouted at by the {person}
     the {person} speaks to the {animal} in a loud voice`,
    `the {animal} is biting the {person}
     the {person} is feeding the {animal}`,
  ),
  meaning(
    `the {animal} is chasing the {person}
     the {person} is being chased by the {animal}
     the {person} runs away from the {animal}`,
    `the {person} is chasing the {animal}
     the {animal} runs away from the {person}`,
  ),
];
