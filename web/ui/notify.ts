import { notifications } from '@mantine/notifications'
import { errorWords } from './error-words.ts'
import { showUses, usesOf } from './in-use.tsx'

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'pine', autoClose: 3500 })
}

export function notifyError(error: unknown): void {
  if (usesOf(error).length > 0) return showUses(error)
  notifications.show({ message: errorWords(error), color: 'red', autoClose: 8000 })
}

/** Nothing broke, but it did not go as meant. */
export function notifyWarning(message: string): void {
  notifications.show({ message, color: 'orange', autoClose: 8000 })
}
