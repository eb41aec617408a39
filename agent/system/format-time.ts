/** `3 s`, `12 min`, `5 h`, `9 days`: one unit is enough to know whether to worry. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** `2024-01-02 12:00:00 UTC` */
export function formatTime(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`
}
