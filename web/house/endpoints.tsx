import { Button, Card, Code, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import type { EndpointShape } from '../../server/http/shapes/house.ts';
import { change } from '../client/http.ts';
import { Confirm } from '../shell/confirm.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Notice } from '../shell/notice.tsx';
import { Problem } from '../shell/problem.tsx';
import { useChange } from '../shell/use-change.ts';
import { Deliveries } from './deliveries.tsx';
import { endpointsQuery } from './queries.ts';

const addedShape = z.object({ secret: z.string() });

/** Servers that are told of what happens. */
export function Endpoints() {
  const found = useQuery(endpointsQuery);
  return (
    <Stack>
      <AddEndpoint />
      <Loaded of={found}>
        {({ endpoints }) =>
          endpoints.length === 0 ? (
            <Text c="dimmed">Nobody is told.</Text>
          ) : (
            endpoints.map((endpoint) => <Endpoint key={endpoint.id} endpoint={endpoint} />)
          )
        }
      </Loaded>
    </Stack>
  );
}

function AddEndpoint() {
  const queryClient = useQueryClient();
  const [url, setUrl] = useState('');
  const [label, setLabel] = useState('');
  const add = useMutation({
    mutationFn: () => change(addedShape, 'POST', '/api/webhooks/endpoints', { url, label }),
    onSuccess: async () => {
      setUrl('');
      setLabel('');
      await queryClient.invalidateQueries({ queryKey: endpointsQuery.queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack maw={480}>
        <TextInput
          label="Address"
          type="url"
          required
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <TextInput
          label="What it is"
          required
          maxLength={80}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        {add.isError && <Problem error={add.error} />}
        <Group>
          <Button type="submit" loading={add.isPending}>
            Tell this server
          </Button>
        </Group>
        {add.isSuccess && (
          <Notice tone="good" title="Its secret is told this one time.">
            <Code style={{ overflowWrap: 'anywhere' }}>{add.data.secret}</Code>
          </Notice>
        )}
      </Stack>
    </form>
  );
}

function Endpoint({
  endpoint: { id, label, url, types, disabledAt, disabledReason },
}: {
  endpoint: EndpointShape;
}) {
  const [isOpen, setIsOpen] = useState(false);
  const changing = useChange(endpointsQuery.queryKey);
  const path = `/api/webhooks/endpoints/${id}`;
  return (
    <Card withBorder component="section" aria-label={label}>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {label}
        </Title>
        <Text style={{ overflowWrap: 'anywhere' }}>{url}</Text>
        <Text size="sm" c="dimmed">
          {types.join(', ')}
        </Text>
        {disabledAt !== null && (
          <Notice tone="attention" title={`Nothing is sent: ${disabledReason ?? ''}`}>
            <Button
              variant="default"
              onClick={() =>
                changing.mutate({
                  method: 'POST',
                  path: `${path}/enable`,
                  done: 'What happens from now on is sent.',
                })
              }
            >
              Send again
            </Button>
          </Notice>
        )}
        <Group>
          <Button variant="default" size="xs" onClick={() => setIsOpen(!isOpen)} aria-expanded={isOpen}>
            {isOpen ? 'Hide what was sent' : 'Show what was sent'}
          </Button>
          <Confirm
            action="Remove"
            title={`Tell ${label} nothing any more?`}
            detail="What was sent there is forgotten too."
            onConfirm={() =>
              changing.mutate({ method: 'DELETE', path, done: 'It is told nothing any more.' })
            }
          />
        </Group>
        {isOpen && <Deliveries endpointId={id} />}
      </Stack>
    </Card>
  );
}
