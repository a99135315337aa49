/** Things that sentences speak of, each with its names. The first name is the plainest. */
export type Names = readonly string[];

const lists = (text: string): readonly Names[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(', '));

/** By the slot that they fill. */
export const entities = {
  person: lists(`
    man, guy, gentleman, male person
    woman, lady, female person
    boy, young boy, male child, lad
    girl, young girl, female child
    child, kid, youngster
    teacher, schoolteacher, instructor
    doctor, physician, medical doctor
    farmer, man with a farm
    soldier, man in uniform, trooper
    student, pupil, learner
    worker, laborer, employee
    policeman, police officer, cop
    artist, painter
    musician, performer
    chef, cook
    neighbor, person next door`),
  animal: lists(`
    dog, hound, puppy
    cat, kitten, feline
    horse, pony, mare
    bird, small bird, feathered animal
    cow, cattle animal
    monkey, ape
    rabbit, bunny, hare
    elephant, huge elephant
    lion, big cat
    fish, swimming fish`),
  vehicle: lists(`
    car, automobile, vehicle
    bus, coach
    bicycle, bike
    train, railway train
    plane, airplane, aircraft
    boat, ship, vessel
    truck, lorry
    motorcycle, motorbike`),
  food: lists(`
    bread, loaf of bread
    soup, broth
    meat, steak, piece of meat
    apple, fruit
    cake, dessert, piece of cake
    rice, bowl of rice
    fish, seafood
    potatoes, spuds
    vegetables, greens
    cheese, piece of cheese`),
  instrument: lists(`
    guitar, acoustic guitar
    piano, keyboard
    violin, fiddle
    drums, set of drums
    flute, wooden flute
    trumpet, horn`),
  place: lists(`
    park, public garden
    beach, shore, seaside
    forest, woods
    street, road
    kitchen, cooking room
    school, schoolhouse
    city, town
    mountain, high hill
    river, stream
    office, workplace
    market, shop, store
    field, meadow`),
  sport: lists(`
    football, soccer
    tennis, a tennis match
    basketball, a game of basketball
    chess, a game of chess
    cards, a game of cards
    baseball, a game of baseball`),
  thing: lists(`
    book, novel, volume
    letter, note, message
    box, crate, container
    picture, painting, drawing
    chair, seat
    window, pane
    phone, telephone
    bag, sack
    coat, jacket
    key, door key
    lamp, light
    knife, blade`),
  time: lists(`
    in the morning, early in the day
    at night, after dark
    in the afternoon, after lunch
    in winter, during the winter
    in summer, during the summer
    yesterday, the day before
    last week, a week ago
    last year, a year ago`),
  good: lists(`
    good, great, excellent, very good
    beautiful, lovely, pretty
    funny, amusing, hilarious
    interesting, fascinating, exciting
    cheap, inexpensive, low in price
    safe, secure, not dangerous
    easy, simple, not hard`),
  bad: lists(`
    bad, terrible, awful, very bad
    ugly, unattractive, not pretty
    sad, depressing, full of sorrow
    boring, dull, tedious
    expensive, costly, high in price
    dangerous, risky, unsafe
    difficult, hard, not easy`),
  topic: lists(`
    economy, economic situation
    weather, climate
    war, armed conflict
    election, vote
    music, songs
    movie, film, motion picture
    health, well-being
    science, scientific research
    history, the past
    law, legislation`),
} as const;

export type Slot = keyof typeof entities;
