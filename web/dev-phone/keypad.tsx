import { Button, SimpleGrid } from '@mantine/core';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** Keys of a telephone. */
export function Keypad({ onPress }: { onPress(digit: string): void }) {
  return (
    <SimpleGrid cols={3} spacing="xs" maw={200} role="group" aria-label="Keys">
      {KEYS.map((key) => (
        <Button key={key} variant="default" onClick={() => onPress(key)}>
          {key}
        </Button>
      ))}
    </SimpleGrid>
  );
}
