import { Anchor, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { PersonaShape } from '../../server/http/shapes/personas.ts';
import { personasQuery } from '../client/queries.ts';
import { Loaded } from '../shell/loaded.tsx';
import { PageTitle } from '../shell/page-title.tsx';
import { type Column, Rows } from '../shell/rows.tsx';

const COLUMNS: ReadonlyArray<Column<PersonaShape>> = [
  {
    name: 'Name',
    cell: ({ slug, name }) => (
      <Anchor component={Link} to={`/personas/${slug}`}>
        {name}
      </Anchor>
    ),
  },
  { name: 'Template', cell: ({ template }) => template },
  { name: 'Voice', cell: ({ voice }) => voice },
  { name: 'Takes turns', cell: ({ turnTaking }) => turnTaking },
  { name: 'Version', cell: ({ version }) => version, isFigure: true },
];

/** Who can call. */
export function PersonasPage() {
  const found = useQuery(personasQuery);
  return (
    <Stack>
      <PageTitle>Personas</PageTitle>
      <Loaded of={found}>
        {({ personas }) => (
          <Rows
            label="Personas"
            rows={personas}
            columns={COLUMNS}
            keyOf={({ slug }) => slug}
            none="There is none: put one into prompts/personas and start the server again."
          />
        )}
      </Loaded>
    </Stack>
  );
}
