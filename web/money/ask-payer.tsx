import {
  Button,
  Code,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { change } from '../client/http.ts';
import { CalleeFields, calleeBody, NOBODY } from '../people/callee-fields.tsx';
import { Dollars } from '../settings/dollars.tsx';
import { Notice } from '../shell/notice.tsx';
import { Problem } from '../shell/problem.tsx';

/** The payer's link, told this one time. */
const askedShape = z.object({ payUrl: z.string(), texted: z.boolean() });

const FOR_WHAT = [
  { value: 'call', label: 'One call, now' },
  { value: 'mandate', label: 'Calls to come' },
];

/** Asks somebody to pay for a call, or for all calls to somebody up to a limit. */
export function AskPayer() {
  const queryClient = useQueryClient();
  const [callee, setCallee] = useState(NOBODY);
  const [name, setName] = useState('');
  const [phoneNumber, setPhoneNumber] = useState('');
  const [textLink, setTextLink] = useState(true);
  const [what, setWhat] = useState('call');
  const [capCents, setCapCents] = useState(500);
  const [perMonthCents, setPerMonthCents] = useState(5_000);
  const [validDays, setValidDays] = useState(90);
  const number = phoneNumber.replace(/[\s()-]/g, '');
  const payer = { name: name.trim(), ...(number === '' ? {} : { phoneNumber: number }) };
  const isTexted = textLink && number !== '';
  const asking = useMutation({
    mutationFn: () => {
      const wish = calleeBody(callee);
      if (what === 'call')
        return change(askedShape, 'POST', '/api/approvals', { ...wish, payer, capCents, textLink: isTexted });
      const { to, displayName } = wish;
      return change(askedShape, 'POST', '/api/mandates', {
        to,
        displayName,
        payer,
        perCallCents: capCents,
        perMonthCents,
        validDays,
        textLink: isTexted,
      });
    },
    onSuccess: () =>
      Promise.all(['payments', 'payers'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        asking.mutate();
      }}
    >
      <Stack maw={480}>
        <SegmentedControl aria-label="For what" data={FOR_WHAT} value={what} onChange={setWhat} />
        <CalleeFields callee={callee} onChange={setCallee} />
        <TextInput
          label="Who pays"
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="The payer’s number"
          description="For links and receipts; without one you pass the link on yourself"
          type="tel"
          value={phoneNumber}
          onChange={(event) => setPhoneNumber(event.currentTarget.value)}
        />
        <Dollars
          label={what === 'call' ? 'At most' : 'A call at most'}
          cents={capCents}
          onChange={setCapCents}
          error={Number.isNaN(capCents) ? 'none' : undefined}
        />
        {what === 'mandate' && (
          <>
            <Dollars
              label="A month at most"
              cents={perMonthCents}
              onChange={setPerMonthCents}
              error={Number.isNaN(perMonthCents) ? 'none' : undefined}
            />
            <NumberInput
              label="For how many days"
              min={1}
              max={366}
              allowDecimal={false}
              value={validDays}
              onChange={(value) => setValidDays(Number(value))}
            />
          </>
        )}
        <Switch
          label="Text them the link"
          disabled={number === ''}
          checked={isTexted}
          onChange={(event) => setTextLink(event.currentTarget.checked)}
        />
        <Group>
          <Button type="submit" loading={asking.isPending} disabled={Number.isNaN(capCents)}>
            Ask them
          </Button>
        </Group>
        {asking.isError && <Problem error={asking.error} />}
        {asking.data !== undefined && (
          <Notice tone="good" title="They are asked with this link, which is told this one time.">
            <Code style={{ overflowWrap: 'anywhere' }}>{asking.data.payUrl}</Code>
            <Text size="sm">
              {asking.data.texted ? 'It was texted to them.' : 'It was not texted: pass it on to them.'}
            </Text>
          </Notice>
        )}
      </Stack>
    </form>
  );
}
