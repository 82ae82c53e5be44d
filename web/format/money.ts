/** Money and figures in the viewer's own locale. Every amount is US dollars. */

const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' });
const exact = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 8,
});

export function formatCents(cents: number): string {
  return dollars.format(cents / 100);
}

/** Hundred-millionths of a dollar, to the last of them: `Intl` takes the decimal as text and rounds nothing. */
export function formatMicroCents(microCents: string): string {
  const sign = microCents.startsWith('-') ? '-' : '';
  const digits = microCents.replace('-', '').padStart(9, '0');
  const decimal = `${sign}${digits.slice(0, -8)}.${digits.slice(-8)}`;
  return exact.format(decimal as unknown as number);
}
