import { formatCents } from '../format/money.ts';
import styles from '../shell/table.module.css';

interface AmountsProps {
  label: string;
  lines: ReadonlyArray<{ name: string; cents: number }>;
  total: number;
}

/** A bill: lines with their amounts, and what they come to. */
export function Amounts({ label, lines, total }: AmountsProps) {
  return (
    <table className={styles.table} aria-label={label} style={{ maxWidth: 480 }}>
      <tbody>
        {lines.map(({ name, cents }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={styles.figure}>{formatCents(cents)}</td>
          </tr>
        ))}
        <tr className={styles.total}>
          <th scope="row">Total</th>
          <td className={styles.figure}>{formatCents(total)}</td>
        </tr>
      </tbody>
    </table>
  );
}
