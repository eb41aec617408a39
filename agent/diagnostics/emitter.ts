/** Carries events from those who make them to those who follow them; neither knows the other. */
export interface Emitter<Event> {
  emit(event: Event): void
  /** Every event from now on. @returns ends that */
  subscribe(listener: (event: Event) => void): () => void
}

/**
 * Delivers each event at once, to one subscriber after the other.
 * @param onError a subscriber has thrown, which disturbs neither the others nor who emits
 */
export function createEmitter<Event>(onError: (error: unknown) => void): Emitter<Event> {
  const listeners = new Set<(event: Event) => void>()
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
