/** Tokens that a story on a card goes on for. */
export const storyLength = 48;
