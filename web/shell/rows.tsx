import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './table.module.css';

export interface Column<Row> {
  name: string;
  cell(row: Row): ReactNode;
  /** Figures stand to the right. */
  isFigure?: boolean;
}

interface RowsProps<Row> {
  /** What is in the table, for those who hear it. */
  label: string;
  rows: readonly Row[];
  columns: ReadonlyArray<Column<Row>>;
  keyOf(row: Row): string | number;
  /** Said instead where there is none. */
  none: string;
  minWidth?: number;
}

/** A table that scrolls sideways on a phone. */
export function Rows<Row>({ label, rows, columns, keyOf, none, minWidth = 560 }: RowsProps<Row>) {
  if (rows.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with keys
    <section className={styles.sideways} aria-label={`${label}, table`} tabIndex={0}>
      <table className={styles.table} aria-label={label} style={{ minWidth }}>
        <thead>
          <tr>
            {columns.map(({ name, isFigure }) => (
              <th key={name} className={classOf(isFigure)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, isFigure }) => (
                <td key={name} className={classOf(isFigure)}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function classOf(isFigure = false): string | undefined {
  return isFigure ? styles.figure : undefined;
}
