import { Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

/** The first page that is shown takes no focus: the browser has its own place to begin. */
let isFirstPage = true;

/** What a page is called: on it, in the browser's tab, and first to be read out when somebody comes to it from another. */
export function PageTitle({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Ringback`;
  }, [children]);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
      {children}
    </Title>
  );
}
