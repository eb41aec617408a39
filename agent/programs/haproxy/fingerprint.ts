import { linesOf, unknownContext } from './config.ts'
import { readSections } from './sections.ts'

/** The variable that proves which configuration a haproxy runs: its admin socket tells it. */
export const fingerprintVariable = 'EVENKEEL_FINGERPRINT'

/**
 * The fingerprint that a file holds: the last `setenv EVENKEEL_FINGERPRINT hex` of a `global`.
 * @returns null when there is none that haproxy certainly reads
 */
export function fingerprintIn(text: string): string | null {
  // Files may be large, and most have none
  if (!text.includes(fingerprintVariable)) return null
  const lines = linesOf(readSections([{ path: '', text }], unknownContext), 'global')
  const found = lines.findLast(
    ({ words: [keyword, name], isCertain }) =>
      keyword === 'setenv' && name === fingerprintVariable && isCertain,
  )
  const value = found?.words[2] ?? ''
  return /^[0-9A-Za-z]+$/.test(value) ? value : null
}
