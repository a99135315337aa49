/** What a screen reader is told, politely; sighted visitors see the same in its place. */
class Announcer {
  text = $state('');
  #last = '';

  say(text: string): void {
    // The same text twice is news twice, and only a change is read out.
    this.#last = text === this.#last ? `${text}\u200b` : text;
    this.text = this.#last;
  }
}

export const announcer = new Announcer();
