/** As the kernel does (path_resolution(7)): more links than this are taken for a circle. */
const mostLinks = 40

/**
 * Follows a link of a tree through other links of that tree, as the kernel will.
 * @param links path of each link → its target
 * @returns the path it ends at ('' is the root of the tree, whether there is something or not);
 * null when it leads out of the tree or in a circle
 */
export function resolveLink(path: string, links: ReadonlyMap<string, string>): string | null {
  const reached: string[] = []
  let steps = path.split('/')
  let followed = 0
  while (steps.length > 0) {
    const [step = '', ...rest] = steps
    steps = rest
    if (step === '' || step === '.') continue
    if (step === '..') {
      if (reached.pop() === undefined) return null
      continue
    }
    reached.push(step)
    const target = links.get(reached.join('/'))
    if (target === undefined) continue
    followed += 1
    if (target.startsWith('/') || followed > mostLinks) return null
    reached.pop()
    steps = [...target.split('/'), ...steps]
  }
  return reached.join('/')
}
