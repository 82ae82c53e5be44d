import { Button, Group, NumberInput, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import type { PriceShape, RateCardShape } from '../../server/http/shapes/rate-cards.ts';
import { change } from '../client/http.ts';
import { formatMicroCents } from '../format/money.ts';
import { skuName, unitsWords } from '../format/names.ts';
import { formatMoment } from '../format/time.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { type Column, Rows } from '../shell/rows.tsx';
import { tell } from '../shell/tell.ts';
import { pricesQuery, rateCardsQuery } from './queries.ts';

/** Every price list: ours and the vendors'. None is ever changed; a new one follows. */
export function RateCardsPage() {
  const found = useQuery(rateCardsQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Stack>
      <PageTitle>Rate cards</PageTitle>
      <Text c="dimmed">
        What payers are billed, and what vendors charge. A list is never changed: a new one begins later, and
        calls that are funded already keep theirs.
      </Text>
      <Loaded of={found}>
        {({ rateCards }) => {
          const card = rateCards.find(({ id }) => id === chosen) ?? rateCards[0];
          return (
            <Stack>
              <Select
                label="Price list"
                maw={480}
                allowDeselect={false}
                data={rateCards.map((each) => ({ value: each.id, label: nameOf(each) }))}
                value={card?.id ?? null}
                onChange={setChosen}
              />
              {card !== undefined && <Prices key={card.id} card={card} />}
            </Stack>
          );
        }}
      </Loaded>
    </Stack>
  );
}

type Line = readonly [key: string, price: PriceShape];

const COLUMNS: ReadonlyArray<Column<Line>> = [
  { name: 'What', cell: ([key]) => nameOfKey(key) },
  { name: 'Price', cell: priceWords, isFigure: true },
  { name: 'Where it comes from', cell: ([, { source }]) => source },
];

function Prices({ card }: { card: RateCardShape }) {
  const found = useQuery(pricesQuery(card.id));
  return (
    <Loaded of={found}>
      {({ prices }) => (
        <Stack>
          <Rows
            label={nameOf(card)}
            rows={Object.entries(prices)}
            columns={COLUMNS}
            keyOf={([key]) => key}
            none="It has no price."
            minWidth={640}
          />
          <NewPrice kind={card.kind} prices={prices} />
        </Stack>
      )}
    </Loaded>
  );
}

/** One price anew, from a moment on; the rest of the newest list stays. */
function NewPrice({ kind, prices }: { kind: RateCardShape['kind']; prices: Record<string, PriceShape> }) {
  const queryClient = useQueryClient();
  const [key, setKey] = useState<string | null>(null);
  const [microCents, setMicroCents] = useState<number | string>('');
  const [source, setSource] = useState('');
  const [validFrom, setValidFrom] = useState('');
  const price = key === null ? undefined : prices[key];
  const publish = useMutation({
    mutationFn: () => {
      if (key === null || price === undefined) throw new Error('no price is chosen');
      const { rate, increment, minimum, fee } = price;
      const changed = {
        microCents: String(microCents),
        per: rate.per,
        increment,
        minimum,
        feeMicroCents: fee,
        source,
      };
      return change(z.unknown(), 'POST', '/api/rate-cards', {
        kind,
        validFrom: new Date(validFrom).toISOString(),
        note: `${nameOfKey(key)}: ${source}`,
        prices: { [key]: changed },
      });
    },
    onSuccess: async () => {
      tell('The new list is published.');
      await queryClient.invalidateQueries({ queryKey: rateCardsQuery.queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate();
      }}
    >
      <Stack maw={480}>
        <Title order={2} size="h4">
          A new price
        </Title>
        <Select
          label="Of what"
          required
          data={Object.keys(prices).map((each) => ({ value: each, label: nameOfKey(each) }))}
          value={key}
          onChange={setKey}
        />
        {price !== undefined && <Text size="sm">Now {priceWords([key ?? '', price])}</Text>}
        <NumberInput
          label="Hundred-millionths of a dollar"
          description={price === undefined ? '' : `for ${Number(price.rate.per).toLocaleString()} units`}
          required
          min={0}
          allowDecimal={false}
          allowNegative={false}
          value={microCents}
          onChange={setMicroCents}
        />
        <TextInput
          label="Where the price comes from"
          required
          maxLength={250}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        />
        <TextInput
          label="From when on"
          type="datetime-local"
          required
          value={validFrom}
          onChange={(event) => setValidFrom(event.currentTarget.value)}
        />
        {publish.isError && <Problem error={publish.error} />}
        <Group>
          <Button type="submit" loading={publish.isPending}>
            Publish the new list
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function nameOf({ kind, version, validFrom }: RateCardShape): string {
  return `${kind === 'retail' ? 'What payers are billed' : 'What vendors charge'}, version ${version}, from ${formatMoment(validFrom)}`;
}

function nameOfKey(key: string): string {
  const [vendor, sku] = key.includes('/') ? key.split('/') : [null, key];
  return vendor === null ? `${skuName(key)} (${key})` : `${skuName(sku ?? '')} (${key})`;
}

function priceWords([
  key,
  {
    rate: { microCents, per },
    minimum,
    increment,
    fee,
  },
]: Line): string {
  const sku = key.includes('/') ? (key.split('/')[1] ?? '') : key;
  const parts = [
    `${formatMicroCents(microCents)} for ${unitsWords(sku, per)}`,
    ...(increment === '1' ? [] : [`in steps of ${unitsWords(sku, increment)}`]),
    ...(minimum === '0' ? [] : [`at least ${unitsWords(sku, minimum)}`]),
    ...(fee === '0' ? [] : [`and ${formatMicroCents(fee)} a call`]),
  ];
  return parts.join(', ');
}
