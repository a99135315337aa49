/** An image as the page and Node hold it alike. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel, 0 to 255, row by row. */
  readonly data: Uint8ClampedArray;
}
