import { Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

/** Light or dark; the device decides until somebody has chosen. */
export function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  const other = shown === 'dark' ? 'light' : 'dark';
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => setColorScheme(other)}
      aria-label={`Use ${other} colours`}
    >
      {other === 'dark' ? 'Dark' : 'Light'}
    </Button>
  );
}
