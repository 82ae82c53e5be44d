import { Card, SimpleGrid, Text } from '@mantine/core';

export interface Figure {
  label: string;
  value: string;
  /** What it is made of, or held against. */
  detail?: string;
}

/** A row of the figures that matter. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: figures.length }} component="dl" m={0}>
      {figures.map(({ label, value, detail }) => (
        <Card key={label} withBorder padding="sm">
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fw={700} size="xl">
            {value}
          </Text>
          {detail !== undefined && (
            <Text component="dd" m={0} size="sm" c="dimmed">
              {detail}
            </Text>
          )}
        </Card>
      ))}
    </SimpleGrid>
  );
}
