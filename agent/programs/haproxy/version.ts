/**
 * Compares versions of haproxy as split_version in haproxy.c does: up to four numbers, then `-dev` before `-rc`
 * and `-pre` before none, with the number behind it.
 * @returns less than 0 when the first is the older one, more when it is the newer one
 */
export function compareVersions(one: string, other: string): number {
  const second = split(other)
  return split(one).reduce((found, part, index) => found || part - (second[index] ?? 0), 0)
}

const stages: Readonly<Record<string, number>> = { dev: 1, rc: 2, pre: 2 }
const released = 3

function split(version: string): readonly number[] {
  const [, numbers = '', stage = '', count = '0'] =
    /^([\d.]*)(?:-(dev|rc|pre)(\d*))?/.exec(version) ?? []
  const [a = 0, b = 0, c = 0, d = 0] = numbers.split('.').map(Number)
  return [a, b, c, d, stages[stage] ?? released, Number(count)]
}
