import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';

const TONES = {
  /** Something has failed or stands still: read out at once. */
  problem: { color: 'red', role: 'alert' },
  attention: { color: 'orange', role: 'status' },
  good: { color: 'green', role: 'status' },
} as const;

interface NoticeProps {
  tone: keyof typeof TONES;
  title: string;
  children?: ReactNode;
}

/** What a page says about itself, in a frame. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <Alert {...TONES[tone]} variant="outline" title={title}>
      {children}
    </Alert>
  );
}
