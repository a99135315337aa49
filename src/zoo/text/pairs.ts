/**
 * Pairs of sentences, written and labelled by hand for this project: how alike their meanings are, from
 * 0 (nothing to do with each other) to 5 (the same), in the manner of the STS benchmark (Cer et al., 2017).
 */
export interface LabelledPair {
  readonly first: string;
  readonly second: string;
  readonly similarity: number;
}

const rows = `
5 | A woman is slicing an onion. | A lady cuts an onion into slices.
5 | The kids are jumping on the bed. | Children jump up and down on the bed.
5 | He forgot where he had parked his car. | He could not remember where his car stood.
5 | The shop closes at six o'clock. | At six the store shuts its doors.
5 | My sister speaks three languages. | My sister can talk in three different languages.
5 | The old bridge was destroyed by the flood. | The flood destroyed the old bridge.
5 | Nobody answered the phone. | The telephone rang, but no one picked it up.
5 | She was delighted with the present. | The gift made her very happy.
5 | The exam was too hard for most pupils. | Most students found the test too difficult.
5 | Please turn off the light. | Would you switch the light off, please?
5 | The baby has fallen asleep. | The baby is sleeping now.
5 | The firm dismissed two hundred workers. | Two hundred employees lost their jobs at the company.
5 | We missed the last train. | The last train left without us.
5 | The soup is far too salty. | There is too much salt in the soup.
5 | Is there a bakery near here? | Can I find a bakery close by?
4 | A man is riding a brown horse. | A man is riding a horse.
4 | Two boys are playing football in the rain. | Some boys play soccer outside.
4 | The film was long, but I enjoyed it. | I liked the movie.
4 | A woman in a red dress is dancing. | A woman is dancing.
4 | The doctor told him to stop smoking. | His physician says that he must give up cigarettes soon.
4 | The cat is sitting on the roof of the house. | A cat sits on a roof.
4 | He bought three bottles of milk. | He purchased some milk.
4 | The river rose by two meters after the storm. | After the storm, the water of the river was high.
4 | The teacher praised her essay. | Her teacher was pleased with what she wrote.
4 | The bus was so full that we had to stand. | We stood in the crowded bus.
4 | The price of bread rose again this year. | Bread has become more expensive.
4 | A boat sails past the lighthouse. | A ship is passing a tower by the sea.
4 | The dog brought the stick back to its owner. | A dog returns a stick.
4 | Their flight was cancelled because of fog. | The plane could not leave in the fog.
4 | I would like a cup of tea with milk. | Could I have some tea?
4 | She painted the kitchen yellow. | The kitchen walls were painted by her.
4 | The thief escaped through the window. | The burglar got away.
4 | It snowed all night long. | There was a lot of snow last night.
4 | The team lost the final by one goal. | The team was beaten in the final match.
4 | He has been learning the violin for years. | He takes violin lessons.
3 | A man is playing the guitar. | A man is playing the piano.
3 | The girl is feeding a goat. | The girl is petting a goat.
3 | A boy is swimming in a lake. | A boy is standing beside a lake.
3 | She wrote a letter to her mother. | She wrote a letter to the mayor.
3 | The red car stopped at the light. | The blue car drove past the light.
3 | The train to the coast leaves at noon. | The train from the coast arrives in the evening.
3 | He cooked dinner for his friends. | His friends cooked dinner for him.
3 | My brother works in a hospital. | My brother was taken to a hospital.
3 | The museum opens a new show of old maps. | The museum has sold its old maps.
3 | The president will visit the city in May. | The president spoke about the city.
3 | They planted apple trees behind the house. | They cut down the trees behind the house.
3 | A dog runs along the beach. | A dog is asleep on the sand.
3 | The singer gave a concert in the park. | The park was full of people on Sunday.
3 | How do I bake bread? | Where do I buy good bread?
3 | The storm damaged many roofs. | A storm is expected tomorrow.
3 | He repaired the clock in the hall. | The clock in the hall is broken.
3 | I do not like this book at all. | I like this book very much.
3 | The patient felt better after the operation. | The patient was afraid of the operation.
3 | The mountain is covered with snow. | They climbed the mountain in summer.
3 | The bank raised its interest rates. | The bank closed three branches.
2 | A woman is peeling potatoes. | A man is frying eggs.
2 | The children are building a sandcastle. | The children are doing their homework.
2 | A horse is pulling a cart. | A cow is standing in the barn.
2 | He lost his wallet at the station. | She found a coin in the street.
2 | The plane landed safely. | The ship reached the harbor.
2 | She is knitting a scarf. | She is washing her coat.
2 | The orchestra played until midnight. | A boy is learning the drums.
2 | The farmer sold his cows. | The price of milk is falling.
2 | Rain is forecast for the weekend. | The summer was unusually dry.
2 | He is reading the newspaper. | She has written a novel.
2 | The minister resigned yesterday. | The elections take place in spring.
2 | Our hotel was close to the beach. | The swimming pool was closed.
2 | The boxer was knocked out. | The runner won a medal.
2 | My computer is too slow. | Your telephone is ringing.
2 | The wolf killed three sheep. | The shepherd has two dogs.
2 | The café serves good coffee. | The restaurant was empty.
2 | A man is painting a fence. | A man is repairing a roof.
2 | The lawyer defended the thief. | The police searched the house.
2 | She teaches history at a school. | He studies biology at a university.
2 | The bridge is closed for repairs. | There is a lot of traffic on the road.
1 | A man is playing chess. | A woman is running in the park.
1 | The cat drinks milk. | The boy drinks lemonade in the garden.
1 | The students wait for the bus. | The workers wait for their pay.
1 | A girl is brushing her hair. | A girl is flying a kite.
1 | He is afraid of spiders. | She is fond of horses.
1 | The king lived in a castle. | The family lives in a small flat.
1 | The tomatoes are ripe. | The grass needs water.
1 | A plane flies over the city. | A bird sits in a tree.
1 | Her birthday is in June. | The meeting is on Monday.
1 | The window is open. | Someone painted the door green.
1 | They drank wine at the wedding. | He drank his coffee alone.
1 | A child is crying. | A crowd is cheering.
1 | The knife is sharp. | The plates are in the cupboard.
1 | He drove to work. | She walked the dog.
1 | The sea was calm. | The desert is hot.
1 | The actor forgot his words. | The painter lost his brush.
1 | I ordered a pizza. | I bought new shoes.
1 | The judge entered the room. | The nurse left the building.
1 | A soldier is marching. | A dancer is resting.
1 | The garden is full of roses. | The attic is full of dust.
0 | A man is slicing bread. | The planet has two moons.
0 | The baby is laughing. | Steel is made from iron.
0 | She missed the bus this morning. | Whales are the largest animals.
0 | The army crossed the border. | My favorite dessert is apple pie.
0 | How old is the universe? | Please feed the rabbits tonight.
0 | The violin has four strings. | Taxes will rise next year.
0 | The dog buried a bone. | The contract was signed by both sides.
0 | He is tying his shoes. | The volcano could erupt at any moment.
0 | Snow is falling on the hills. | The printer is out of paper.
0 | The bride wore a white dress. | Bees can see colors that we cannot.
0 | The goalkeeper was injured. | The recipe calls for two eggs.
0 | A frog jumps into the pond. | The lecture about Roman law was boring.
0 | The elevator is out of order. | A shepherd played the flute.
0 | I have a headache. | The castle was built on a rock.
0 | Coffee grows in warm countries. | The thief wore a black mask.
0 | The choir sang two songs. | Oil prices fell sharply.
0 | He shaved off his beard. | The lake is frozen.
0 | The jury found her guilty. | A butterfly landed on the flower.
0 | My bicycle has a flat tire. | The poet died young.
0 | The curtains are too short. | Gold is heavier than silver.
0 | They are dancing in the street. | The patient needs a new kidney.
0 | The moon rose over the trees. | The meeting was moved to Friday.
`;

export const labelledPairs: readonly LabelledPair[] = rows
  .trim()
  .split('\n')
  .map((row) => {
    const [similarity = '', first = '', second = ''] = row.split(' | ');
    return { first, second, similarity: Number(similarity) };
  });
