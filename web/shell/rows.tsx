import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';

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
    <Table.ScrollContainer minWidth={minWidth}>
      <Table aria-label={label} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, isFigure }) => (
              <Table.Th key={name} {...(isFigure === true ? { ta: 'right' as const } : {})}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map(({ name, cell, isFigure }) => (
                <Table.Td key={name} {...(isFigure === true ? { ta: 'right' as const } : {})}>
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
