import { useEffect } from 'react'
import { Button, Group, Paper, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useHotkeys } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import { useBlocker } from 'react-router'
import { errorWords, isConflict } from './error-words.ts'
import classes from './save-bar.module.css'

type Props = {
  dirty: boolean
  saving: boolean
  error?: unknown
  onSave: () => void
  onDiscard: () => void
  /** somebody saved meanwhile (409): read the newer state and lose what was typed */
  onReload?: () => void
  label?: string
}

/** Rises when there is something to save; keeps one from leaving with unsaved work; Ctrl-S saves. */
export function SaveBar({ dirty, saving, error, onSave, onDiscard, onReload, label }: Props) {
  const { t } = useTranslation()
  useHotkeys([['mod+S', (event) => {
    event.preventDefault()
    if (dirty && !saving) onSave()
  }]], [])
  useEffect(() => {
    if (!dirty) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [dirty])
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && !saving && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    let leaves = false
    modals.openConfirmModal({
      title: <Text fw={600}>{t('unsaved.title')}</Text>,
      children: <Text size="sm">{t('unsaved.leave')}</Text>,
      labels: { confirm: t('unsaved.leave_without'), cancel: t('unsaved.stay') },
      confirmProps: { color: 'red' },
      onConfirm: () => {
        leaves = true
        blocker.proceed()
      },
      onClose: () => {
        if (!leaves) blocker.reset()
      },
    })
  }, [blocker, t])
  if (!dirty && (error === null || error === undefined)) return null
  const conflict = isConflict(error)
  return (
    <Paper className={classes.bar ?? ''} shadow="md" px="md" py="xs" role="status">
      <Group justify="space-between" gap="xs">
        <Text size="sm" c={error ? 'red' : undefined} flex={1}>{error ? errorWords(error) : t('unsaved.title')}</Text>
        <Group gap="xs">
          {conflict && onReload !== undefined
            ? <Button size="xs" onClick={onReload}>{t('unsaved.load_newer')}</Button>
            : (
                <>
                  <Button size="xs" variant="default" onClick={onDiscard} disabled={saving}>{t('unsaved.discard')}</Button>
                  <Button size="xs" onClick={onSave} loading={saving}>{label ?? t('save')}</Button>
                </>
              )}
        </Group>
      </Group>
    </Paper>
  )
}
