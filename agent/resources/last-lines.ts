/** The end of what a program printed, for an error message: its last lines that are not blank, in one line. */
export function lastLines(output: string, count: number): string {
  const lines = output.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join(' | ')
}
