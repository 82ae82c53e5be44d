/** How commands show things: tables for people, JSON for programs, a bar for long work. */

export type Row = Readonly<Record<string, string | number | null | undefined>>;

const WIDEST = 72;
const GAP = '  ';

/** Columns by the names of the first row; long cells are cut. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '(nothing)\n';
  const names = Object.keys(first);
  const cells = rows.map((row) => names.map((name) => shortened(String(row[name] ?? ''))));
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const lineOf = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP);
  return `${[lineOf(names), rule, ...cells.map(lineOf)].join('\n')}\n`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= WIDEST ? line : `${line.slice(0, WIDEST - 1)}…`;
}

/** Prints `value` as JSON, or what a person would rather read. */
export function show(asJson: boolean, value: unknown, text: () => string): void {
  process.stdout.write(asJson ? `${JSON.stringify(value, null, 2)}\n` : text());
}

const BAR_WIDTH = 30;

/** A bar on a terminal; elsewhere a line for each tenth. */
export function progress(what: string): (done: number, total: number) => void {
  let told = -1;
  return (done, total) => {
    const share = total === 0 ? 1 : done / total;
    const tenth = Math.floor(share * 10);
    if (process.stderr.isTTY) {
      const full = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
      process.stderr.write(`\r${what} ${bar} ${done} of ${total}${done >= total ? '\n' : ''}`);
    } else if (tenth > told) {
      told = tenth;
      process.stderr.write(`${what}: ${done} of ${total}\n`);
    }
  };
}
