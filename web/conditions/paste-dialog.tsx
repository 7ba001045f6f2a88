import { useState } from 'react'
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Condition } from '../../shared/conditions.ts'
import { readCondition } from './condition-text.ts'

/** Where a condition is put in as text, when nothing was copied or the clipboard may not be read. */
export function PasteDialog({ opened, onClose, onPaste }: { opened: boolean, onClose: () => void, onPaste: (condition: Condition) => void }) {
  const { t } = useTranslation('conditions')
  const [text, setText] = useState('')
  const found = readCondition(text)
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={600}>{t('paste.title')}</Text>}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">{t('paste.hint')}</Text>
        <Textarea
          label={t('paste.text')} data-autofocus autosize minRows={5} maxRows={16} spellCheck={false} value={text} error={text.trim() !== '' && found === null ? t('paste.wrong') : null} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
          onChange={event => setText(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t('paste.cancel')}</Button>
          <Button
            disabled={found === null} onClick={() => {
              if (found !== null) onPaste(found)
              setText('')
            }}
          >
            {t('paste.insert')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
