import { notifications } from '@mantine/notifications'
import { errorWords } from './error-words.ts'

export function notifyDone(message: string): void {
  notifications.show({ message, color: 'pine', autoClose: 3500 })
}

export function notifyError(error: unknown): void {
  notifications.show({ message: errorWords(error), color: 'red', autoClose: 8000 })
}
