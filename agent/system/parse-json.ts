/** JSON that something else has written; null when it is none, as half a file is. A schema refuses null. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
