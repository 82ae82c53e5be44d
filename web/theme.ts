import { Anchor, type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Colours that keep WCAG 2.2 AA contrast in both schemes: Mantine's own dimmed text, red, orange, green and filled shades do not. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  fontFamily: 'system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: { Anchor: Anchor.extend({ defaultProps: { inherit: true, underline: 'always' } }) },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#495057',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-anchor': '#364fc7',
    '--mantine-color-red-outline': '#c92a2a',
    '--mantine-color-orange-outline': '#a93f00',
    '--mantine-color-green-outline': '#237032',
  },
  dark: {
    '--mantine-color-dimmed': '#b8bcc2',
    '--mantine-color-error': '#ffa8a8',
    '--mantine-color-anchor': '#bac8ff',
  },
});
