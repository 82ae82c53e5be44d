import { Checkbox, NumberInput, Progress, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type BudgetShape, budgetShape } from '../../server/http/shapes/budgets.ts';
import { budgetQuery, spentQuery } from '../client/queries.ts';
import { formatCents } from '../format/money.ts';
import { Dollars } from '../settings/dollars.tsx';
import { type Editing, SettingForm } from '../settings/setting-form.tsx';
import { Loading } from '../shell/loading.tsx';
import { Problem } from '../shell/problem.tsx';

const TOLD = [
  { value: 'panel', label: 'Whoever watches the panel' },
  { value: 'payer', label: 'The payer, on their page' },
  { value: 'sms', label: 'The user, by text' },
] as const;

/** What may be spent on calls to a user, and how much of it is. */
export function Budget({ userId }: { userId: string }) {
  const budget = useQuery(budgetQuery(userId));
  if (budget.isPending) return <Loading />;
  if (budget.isError) return <Problem error={budget.error} onRetry={() => void budget.refetch()} />;
  return (
    <Stack maw={480}>
      <Spent userId={userId} budget={budget.data} />
      <SettingForm
        schema={budgetShape}
        value={budget.data}
        path={`/api/user/budget?userId=${userId}`}
        queryKey={budgetQuery(userId).queryKey}
        saved="The limits are saved; they hold from the next call on."
      >
        {(editing) => <Fields {...editing} />}
      </SettingForm>
    </Stack>
  );
}

function Spent({ userId, budget }: { userId: string; budget: BudgetShape }) {
  const spent = useQuery(spentQuery(userId));
  if (spent.data === undefined) return null;
  return (
    <Stack gap="xs">
      <Share label="Today" cents={spent.data.dayCents} limit={budget.maxCostPerDayCents} />
      <Share label="This month" cents={spent.data.monthCents} limit={budget.maxCostPerMonthCents} />
    </Stack>
  );
}

function Share({ label, cents, limit }: { label: string; cents: number; limit: number }) {
  const share = limit === 0 ? 100 : Math.min(100, (100 * cents) / limit);
  return (
    <Stack gap={4}>
      <Text>
        {label}: {formatCents(cents)} of {formatCents(limit)}
      </Text>
      <Progress
        value={share}
        color={share >= 100 ? 'red' : 'green'}
        aria-label={`${label}: share that is spent`}
      />
    </Stack>
  );
}

function Fields({ draft, set, problemOf }: Editing<BudgetShape>) {
  return (
    <>
      <Dollars
        label="One call may cost"
        cents={draft.maxCostPerCallCents}
        onChange={(maxCostPerCallCents) => set({ maxCostPerCallCents })}
        error={problemOf('maxCostPerCallCents')}
      />
      <Dollars
        label="All calls of a day may cost"
        cents={draft.maxCostPerDayCents}
        onChange={(maxCostPerDayCents) => set({ maxCostPerDayCents })}
        error={problemOf('maxCostPerDayCents')}
      />
      <Dollars
        label="All calls of a month may cost"
        cents={draft.maxCostPerMonthCents}
        onChange={(maxCostPerMonthCents) => set({ maxCostPerMonthCents })}
        error={problemOf('maxCostPerMonthCents')}
      />
      <NumberInput
        label="Warn when so much of it is used"
        suffix=" %"
        min={1}
        max={100}
        allowDecimal={false}
        value={draft.warnAtPercent}
        onChange={(value) => set({ warnAtPercent: Number(value) })}
        error={problemOf('warnAtPercent') === undefined ? null : 'Between 1 and 100.'}
      />
      <Checkbox.Group
        label="Who is told of that warning, beside the callee"
        value={draft.notify}
        onChange={(notify) => set({ notify: notify as BudgetShape['notify'] })}
      >
        <Stack gap="xs" mt="xs">
          {TOLD.map(({ value, label }) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Switch
        label="End a call that reaches its limit"
        description="Off, a call of the house may go on past it. What a payer has approved is never passed."
        checked={draft.autoCutoff}
        onChange={(event) => set({ autoCutoff: event.currentTarget.checked })}
      />
      <NumberInput
        label="Time for a goodbye before the limit"
        suffix=" s"
        min={5}
        max={60}
        allowDecimal={false}
        value={draft.gracePeriodSeconds}
        onChange={(value) => set({ gracePeriodSeconds: Number(value) })}
        error={problemOf('gracePeriodSeconds') === undefined ? null : 'Between 5 and 60 seconds.'}
      />
      <NumberInput
        label="Memory in a call"
        description="In tokens; they are paid for at every turn."
        min={0}
        max={100_000}
        step={100}
        allowDecimal={false}
        thousandSeparator=","
        value={draft.maxMemoryTokens}
        onChange={(value) => set({ maxMemoryTokens: Number(value) })}
        error={problemOf('maxMemoryTokens') === undefined ? null : 'At most 100,000.'}
      />
    </>
  );
}
