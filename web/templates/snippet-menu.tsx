import { ActionIcon, Anchor, Popover, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconTextPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Snippet } from '../../shared/snippets.ts'
import { api, withQuery } from '../app/api.ts'
import { notifyError } from '../ui/notify.ts'
import { useList } from '../ui/use-list.ts'
import classes from './snippet-menu.module.css'

type Props = { contactId: number, opened: boolean, onOpened: (opened: boolean) => void, search: string, onSearch: (search: string) => void, /** filled in for the contact */ onInsert: (text: string) => void }

/** Chooses a snippet by the beginning of its name; Enter takes the first. */
export function SnippetMenu({ contactId, opened, onOpened, search, onSearch, onInsert }: Props) {
  const { t } = useTranslation('snippets')
  const [sought] = useDebouncedValue(search.trim(), 150)
  const found = useList<Snippet>(withQuery('/snippets', { search: sought, limit: '8' }), opened)
  const fill = useMutation({
    mutationFn: (id: number) => api.post<{ text: string }>(`/snippets/${id}/filling`, { contact_id: contactId }),
    onSuccess: ({ text }) => {
      onInsert(text)
      onSearch('')
      onOpened(false)
    },
    onError: notifyError,
  })
  return (
    <Popover opened={opened} onChange={onOpened} position="top-end" width={320} shadow="md" trapFocus returnFocus={false}>
      <Popover.Target><ActionIcon variant="subtle" color="gray" size={26} aria-label={t('insert')} title={t('insert_hint')} aria-expanded={opened} onClick={() => onOpened(!opened)}><IconTextPlus size={17} /></ActionIcon></Popover.Target>
      <Popover.Dropdown p="xs" aria-label={t('title')}>
        <TextInput
          size="xs" data-autofocus aria-label={t('find')} placeholder={t('find')} value={search} onChange={event => onSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            if (found.rows[0] !== undefined) fill.mutate(found.rows[0].id)
          }}
        />
        <Stack gap={0} mt={6}>
          {found.rows.map(snippet => (
            <UnstyledButton key={snippet.id} className={classes.choice ?? ''} disabled={fill.isPending} onClick={() => fill.mutate(snippet.id)}>
              <Text size="sm" truncate>{snippet.name}</Text>
              <Text size="xs" c="dimmed" truncate>{snippet.text}</Text>
            </UnstyledButton>
          ))}
          {found.isSuccess && found.rows.length === 0 && <Text size="sm" c="dimmed" px={6}>{t('none_found')}</Text>}
          <Anchor component={Link} to="/settings/snippets" size="xs" mt={6} px={6}>{t('manage')}</Anchor>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
