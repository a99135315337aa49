/** Powers that come out the same in every engine: Math.pow may differ in its last bits, √ may not. */

/** x^(sixteenths / 16) for x ≥ 0 and a whole number of sixteenths from 0 to 16. Errors: RangeError for others. */
export function sixteenthPower(x: number, sixteenths: number): number {
  if (!Number.isInteger(sixteenths) || sixteenths < 0 || sixteenths > 16) {
    throw new RangeError(`${sixteenths} is not a whole number of sixteenths from 0 to 16.`);
  }
  let power = 1;
  let root = x;
  // x^(16/16), x^(8/16), x^(4/16), …: those that the number is the sum of.
  for (let weight = 16; weight >= 1; weight /= 2) {
    if ((sixteenths & weight) !== 0) power *= root;
    root = Math.sqrt(root);
  }
  return power;
}
