/**
 * The reason in what iptables-restore prints when it fails, without its name, line numbers (they are of
 * text that nobody has seen) and advice.
 */
export function readRestoreFault(stderr: string): string {
  const kernel = /\bfailed \(([^)]*)\)/.exec(stderr)?.[1]
  if (kernel !== undefined) return `the kernel refuses it (${kernel})`
  const said = stderr
    .split('\n')
    .map((line) => line.replace(/^ip6?tables\S*( v[\d.]+)?( \([a-z_]+\))?:/, '').trim())
    .map((line) => line.replace(/^line \d+ failed[:.]?/, '').trim())
    .filter((line) => line !== '' && !/^(Error occurred at line|Try `|Perhaps )/.test(line))
  return said.length === 0 ? 'the kernel refuses it' : said.join(' ')
}
