import { NumberInput } from '@mantine/core';

/** Dollars to look at, cents to keep. */
export function Dollars({
  label,
  description,
  cents,
  onChange,
  error,
}: {
  label: string;
  description?: string;
  cents: number;
  onChange(cents: number): void;
  error: string | undefined;
}) {
  return (
    <NumberInput
      label={label}
      {...(description === undefined ? {} : { description })}
      prefix="$"
      decimalScale={2}
      fixedDecimalScale
      thousandSeparator=","
      allowNegative={false}
      hideControls
      value={Number.isNaN(cents) ? '' : cents / 100}
      onChange={(value) => onChange(value === '' ? Number.NaN : Math.round(Number(value) * 100))}
      error={error === undefined ? null : 'Give an amount in dollars.'}
    />
  );
}
