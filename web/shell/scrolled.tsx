import type { ReactNode } from 'react';

interface ScrolledProps {
  label: string;
  maxHeight: number;
  children: ReactNode;
}

/** Something long, in a box of its own that is scrolled. */
export function Scrolled({ label, maxHeight, children }: ScrolledProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with keys
    <section aria-label={label} tabIndex={0} style={{ maxHeight, overflow: 'auto' }}>
      {children}
    </section>
  );
}
