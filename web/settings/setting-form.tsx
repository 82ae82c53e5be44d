import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { z } from 'zod';
import { ApiError, change, read } from '../client/http.ts';
import { Notice } from '../shell/notice.tsx';
import { Problem } from '../shell/problem.tsx';
import { tell } from '../shell/tell.ts';

/** Something with a version that somebody changes in a form; two who do it at once are told. */
export interface Editing<T> {
  draft: T;
  set(change: Partial<T>): void;
  /** What is wrong with a field, in words. */
  problemOf(field: keyof T): string | undefined;
}

interface SettingFormProps<S extends z.ZodObject> {
  schema: S;
  value: z.infer<S>;
  path: string;
  /** PATCH where a part of it can be sent. */
  method?: 'PUT' | 'PATCH';
  queryKey: readonly unknown[];
  saved: string;
  children(editing: Editing<z.infer<S>>): ReactNode;
}

/** Checks with the server's own schema, saves with the version that was read, and says so when somebody was quicker. */
export function SettingForm<S extends z.ZodObject>({
  schema,
  value,
  path,
  method = 'PUT',
  queryKey,
  saved,
  children,
}: SettingFormProps<S>) {
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(value);
  const checked = schema.safeParse(draft);
  const problems = new Map(checked.error?.issues.map(({ path: [field], message }) => [field, message]));
  const save = useMutation({
    mutationFn: () => change(schema, method, path, draft),
    onSuccess: (now) => {
      queryClient.setQueryData(queryKey, now);
      setDraft(now);
      tell(saved);
    },
  });
  const isStale =
    save.error instanceof ApiError && save.error.problem.type === 'urn:ringback:setting_changed';
  const loadTheirs = async () => {
    const now = await read(schema, path);
    queryClient.setQueryData(queryKey, now);
    setDraft(now);
    save.reset();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (checked.success) save.mutate();
      }}
    >
      <Stack>
        {children({
          draft,
          set: (fields) => setDraft({ ...draft, ...fields }),
          problemOf: (field) => problems.get(field as string),
        })}
        {isStale && (
          <Notice tone="attention" title="Somebody has changed this since you opened it.">
            <Stack align="flex-start" gap="xs">
              <Text>Nothing of yours was saved. Look at what it is now, and make your change again.</Text>
              <Button variant="default" onClick={() => void loadTheirs()}>
                Show what it is now
              </Button>
            </Stack>
          </Notice>
        )}
        {save.isError && !isStale && <Problem error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!checked.success || isStale}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
