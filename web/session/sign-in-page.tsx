import { Button, Container, PinInput, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { startAuthentication } from '@simplewebauthn/browser';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { change } from '../client/http.ts';
import { loadAgain } from '../client/load-again.ts';
import { sessionQuery } from '../client/queries.ts';
import { PageTitle } from '../shell/page-title.tsx';
import { Problem } from '../shell/problem.tsx';
import { NOT_CONFIRMED } from './not-confirmed.ts';

const challengeShape = z.object({ challengeId: z.uuid() });
const passkeyChallengeShape = challengeShape.extend({
  options: z.custom<Parameters<typeof startAuthentication>[0]['optionsJSON']>(),
});

/** Users sign in with a code by text, admins with a passkey. */
export function SignInPage() {
  const session = useQuery(sessionQuery);
  if (session.data != null) return <Navigate to="/" />;
  return (
    <Container component="main" size="xs" py="xl">
      <Stack>
        <PageTitle>Sign in to Ringback</PageTitle>
        <Tabs defaultValue="user">
          <Tabs.List>
            <Tabs.Tab value="user">With your phone</Tabs.Tab>
            <Tabs.Tab value="admin">As admin</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="user" pt="md">
            <ByCode />
          </Tabs.Panel>
          <Tabs.Panel value="admin" pt="md">
            <ByPasskey />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Container>
  );
}

function ByCode() {
  const [phoneNumber, setPhoneNumber] = useState('');
  const [code, setCode] = useState('');
  const ask = useMutation({
    mutationFn: () =>
      change(challengeShape, 'POST', '/api/session/code', {
        phoneNumber: phoneNumber.replace(/[\s()-]/g, ''),
      }),
  });
  const answer = useMutation({
    mutationFn: () =>
      change(z.unknown(), 'POST', '/api/session', { challengeId: ask.data?.challengeId, code }),
    onSuccess: () => loadAgain('/app/'),
  });
  const isAsked = ask.isSuccess;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isAsked) answer.mutate();
    else ask.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Your phone number"
          description="With its country, such as +1 201 555 0123"
          type="tel"
          autoComplete="tel"
          required
          value={phoneNumber}
          readOnly={isAsked}
          onChange={(event) => setPhoneNumber(event.currentTarget.value)}
        />
        {isAsked && (
          <Stack gap={4}>
            <Text component="label" htmlFor="code" size="sm" fw={500}>
              The code that we have texted you
            </Text>
            <PinInput
              id="code"
              length={6}
              type="number"
              oneTimeCode
              autoFocus
              value={code}
              onChange={setCode}
              getInputProps={(index) => ({ 'aria-label': `Digit ${index + 1}` })}
            />
            <Text size="sm" c="dimmed">
              It comes if we know the number, and works for five minutes.
            </Text>
          </Stack>
        )}
        <Problem error={ask.error ?? answer.error} />
        <Button
          type="submit"
          loading={ask.isPending || answer.isPending}
          disabled={isAsked && code.length < 6}
        >
          {isAsked ? 'Sign in' : 'Text me a code'}
        </Button>
        {isAsked && (
          <Button
            variant="subtle"
            onClick={() => {
              ask.reset();
              answer.reset();
              setCode('');
            }}
          >
            Use another number, or ask again
          </Button>
        )}
      </Stack>
    </form>
  );
}

function ByPasskey() {
  const signIn = useMutation({
    mutationFn: async () => {
      const { challengeId, options } = await change(
        passkeyChallengeShape,
        'POST',
        '/api/session/passkey/challenge',
        {},
      );
      const response = await startAuthentication({ optionsJSON: options });
      return change(z.unknown(), 'POST', '/api/session/passkey', { challengeId, response });
    },
    onSuccess: () => loadAgain('/app/'),
  });
  return (
    <Stack>
      <Button loading={signIn.isPending} onClick={() => signIn.mutate()}>
        Sign in with a passkey
      </Button>
      <Problem error={signIn.error} otherwise={NOT_CONFIRMED} />
      <Text size="sm" c="dimmed">
        A server that has no admin yet prints a link when it starts.
      </Text>
    </Stack>
  );
}
