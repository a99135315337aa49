/** Pictures drawn in code, so that a view shows something before a visitor gives it an image. */
import type { Pixels } from '../../../tasks/pixels.ts';
import { drawn } from './canvas-pixels.ts';

export interface Drawing {
  readonly name: string;
  readonly draw: () => Pixels | undefined;
}

const side = 320;

/** Things that many networks know. */
export const drawings: readonly Drawing[] = [
  { name: 'Clock', draw: () => drawn(side, side, clock) },
  { name: 'Traffic light', draw: () => drawn(side, side, trafficLight) },
  { name: 'Crossword', draw: () => drawn(side, side, crossword) },
];

function disc(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function clock(pen: CanvasRenderingContext2D): void {
  const middle = side / 2;
  pen.fillStyle = '#b9c4c9';
  pen.fillRect(0, 0, side, side);
  pen.fillStyle = '#3a2a1c';
  disc(pen, middle, middle, 140);
  pen.fillStyle = '#faf6ea';
  disc(pen, middle, middle, 124);
  pen.fillStyle = pen.strokeStyle = '#16181a';
  pen.font = 'bold 28px serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  for (let hour = 1; hour <= 12; hour++) {
    const angle = (hour * Math.PI) / 6;
    pen.fillText(`${hour}`, middle + 100 * Math.sin(angle), middle - 100 * Math.cos(angle));
  }
  pen.lineCap = 'round';
  for (const [angle, length, width] of [
    [(10.15 * Math.PI) / 6, 58, 9],
    [(9 * Math.PI) / 30, 84, 6],
  ] as const) {
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(middle, middle);
    pen.lineTo(middle + length * Math.sin(angle), middle - length * Math.cos(angle));
    pen.stroke();
  }
  disc(pen, middle, middle, 8);
}

function trafficLight(pen: CanvasRenderingContext2D): void {
  const sky = pen.createLinearGradient(0, 0, 0, side);
  sky.addColorStop(0, '#7fa9d8');
  sky.addColorStop(1, '#dbe8f2');
  pen.fillStyle = sky;
  pen.fillRect(0, 0, side, side);
  pen.fillStyle = '#5a5f63';
  pen.fillRect(side / 2 - 8, 250, 16, 70);
  pen.fillStyle = '#1d2021';
  pen.beginPath();
  pen.roundRect(side / 2 - 52, 18, 104, 240, 18);
  pen.fill();
  const lamps = ['#ff3b2f', '#4a3d12', '#0f3a20'];
  lamps.forEach((color, index) => {
    pen.fillStyle = '#0b0c0c';
    disc(pen, side / 2, 62 + index * 76, 36);
    pen.fillStyle = color;
    disc(pen, side / 2, 62 + index * 76, 31);
  });
}

function crossword(pen: CanvasRenderingContext2D): void {
  const rows = [
    'SCRUNCH..',
    'H.O.E.O.W',
    'RECIPE.TE',
    'I.K.T.B.I',
    'N.SWORD.G',
    'K...R.IRH',
    '.LAYER.AT',
  ];
  const cell = 34;
  pen.fillStyle = '#f4f1e8';
  pen.fillRect(0, 0, side, side);
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.font = '20px sans-serif';
  for (let row = 0; row < 9; row++) {
    for (let column = 0; column < 9; column++) {
      const letter = rows[row]?.[column] ?? ((row * 5 + column * 3) % 4 === 0 ? '.' : ' ');
      const [x, y] = [7 + column * cell, 7 + row * cell];
      pen.fillStyle = letter === '.' ? '#16181a' : '#ffffff';
      pen.fillRect(x, y, cell, cell);
      pen.strokeStyle = '#16181a';
      pen.lineWidth = 2;
      pen.strokeRect(x, y, cell, cell);
      pen.fillText(letter, x + cell / 2, y + cell / 2);
      pen.fillStyle = '#16181a';
      if (letter !== '.') pen.fillText(letter, x + cell / 2, y + cell / 2);
    }
  }
}

/** Text, fine lines, edges and gradients: what resizing and rounding hurt first. */
export const testCard: Drawing = { name: 'Test card', draw: () => drawn(224, 224, drawTestCard) };

function drawTestCard(pen: CanvasRenderingContext2D): void {
  const width = 224;
  pen.fillStyle = '#f3f1ea';
  pen.fillRect(0, 0, width, width);
  const shade = pen.createLinearGradient(0, 0, width, 0);
  shade.addColorStop(0, '#0b2a4a');
  shade.addColorStop(0.5, '#c8503c');
  shade.addColorStop(1, '#f6e7a1');
  pen.fillStyle = shade;
  pen.fillRect(0, 0, width, 44);
  pen.fillStyle = '#14181c';
  for (const [size, y] of [
    [20, 68],
    [13, 86],
    [9, 99],
  ] as const) {
    pen.font = `${size}px sans-serif`;
    pen.fillText('Make it smaller: 0123456789', 8, y);
  }
  linesAndRings(pen);
}

function linesAndRings(pen: CanvasRenderingContext2D): void {
  pen.strokeStyle = '#14181c';
  pen.lineWidth = 1;
  // A fan of lines that come ever closer.
  for (let line = 0; line <= 16; line++) {
    pen.beginPath();
    pen.moveTo(8, 214);
    pen.lineTo(8 + line * 6, 110);
    pen.stroke();
  }
  for (let ring = 1; ring <= 9; ring++) {
    pen.beginPath();
    pen.arc(164, 162, ring * 5, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.fillStyle = '#1f7a4d';
  disc(pen, 164, 162, 3);
}
