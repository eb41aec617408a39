/** The words of a setting: quotes of both kinds, and escapes as in C (systemd.syntax(7), "Quoting"). */
export function splitUnitWords(text: string): readonly string[] {
  const words = text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s\\"'])+/gs) ?? []
  return words.map((word) => {
    const parts = word.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\\"'])+/gs) ?? []
    return parts.map((part) => unescape(/^["']/.test(part) ? part.slice(1, -1) : part)).join('')
  })
}

const letters: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

function unescape(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gis, (both, hex?: string, letter = '') =>
    hex === undefined ? (letters[letter] ?? both) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
