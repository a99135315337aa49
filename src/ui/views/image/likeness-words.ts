/** How alike two pictures are, in words. */

/** From PSNR in dB (Infinity for identical pictures) and SSIM; undefined where there is none. */
export function likenessWords(psnr: number | undefined, ssim: number | undefined): string {
  if (psnr === undefined) return 'The results are of different sizes.';
  if (psnr === Infinity) return 'Both results are the same, pixel by pixel.';
  const alike = ssim === undefined ? '' : `, SSIM ${ssimText(ssim)}`;
  const figures = `PSNR ${psnr.toFixed(1)} dB${alike}`;
  return `${sight(psnr)} ${figures} between the two.`;
}

/** What an eye makes of it: rules of thumb for pictures of 8 bits, not a measurement. */
function sight(psnr: number): string {
  if (psnr >= 45) return 'No eye tells them apart.';
  if (psnr >= 35) return 'A close look finds small differences.';
  if (psnr >= 25) return 'The differences can be seen.';
  return 'They differ plainly.';
}

/** Never rounded to the 1 of identical pictures. */
function ssimText(ssim: number): string {
  if (ssim < 1 && ssim >= 0.9995) return 'above 0.999';
  return ssim.toFixed(3);
}
