import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { errorWords, otherErrors } from './error-words.ts'

type Props = {
  error: unknown
  /** fields whose errors are shown beside their inputs */
  shownFields?: readonly string[]
  retry?: () => void
}

export function ErrorNotice({ error, shownFields = [], retry }: Props) {
  const { t } = useTranslation()
  if (error === null || error === undefined) return null
  const rest = otherErrors(error, shownFields)
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
      <Stack gap={6} align="flex-start">
        <Text size="sm">{errorWords(error)}</Text>
        {rest.length > 0 && (
          <List size="sm" spacing={2}>
            {rest.slice(0, 12).map(entry => <List.Item key={`${entry.field} ${entry.message}`}><b>{entry.field}</b>: {entry.message}</List.Item>)}
          </List>
        )}
        {retry !== undefined && <Button size="compact-sm" variant="light" color="red" onClick={retry}>{t('again')}</Button>}
      </Stack>
    </Alert>
  )
}
