import type { ReactNode } from 'react'
import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import i18next from 'i18next'
import { notifyError } from './notify.ts'

type Question = {
  title: string
  /** what will be gone and what will stay */
  text: ReactNode
  /** the word on the button; "Delete" when left out */
  confirm?: string
  onConfirm: () => unknown
}

/** Asks once, before something is gone. */
export function confirmDelete({ title, text, confirm, onConfirm }: Question): void {
  modals.openConfirmModal({
    title: <Text fw={600}>{title}</Text>,
    children: <Text size="sm" component="div">{text}</Text>,
    labels: { confirm: confirm ?? i18next.t('app:delete'), cancel: i18next.t('app:cancel') },
    confirmProps: { color: 'red' },
    onConfirm: () => void Promise.resolve(onConfirm()).catch(notifyError),
  })
}
