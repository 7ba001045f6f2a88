import { useState } from 'react'
import { Anchor, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { MailLocale } from '../../shared/templates.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { ContactPicker } from './contact-picker.tsx'

type Props = { opened: boolean, onClose: () => void, templateId: number, locales: MailLocale[], locale: MailLocale, contactId: number | null, beforeSending: () => Promise<unknown> }

export function SendTest(props: Props) {
  const { t } = useTranslation('templates')
  return <Modal opened={props.opened} onClose={props.onClose} title={<Text fw={600}>{t('test.title')}</Text>}>{props.opened && <TestForm {...props} />}</Modal>
}

function TestForm({ templateId, locales, locale, contactId, beforeSending }: Props) {
  const { t } = useTranslation('templates')
  const { user } = useSession()
  const [email, setEmail] = useState(user.email)
  const [language, setLanguage] = useState(locale)
  const [person, setPerson] = useState(contactId)
  const send = useMutation({
    mutationFn: async () => {
      await beforeSending()
      return api.post<{ to: string }>(`/templates/${templateId}/test-messages`, { email: email.trim(), locale: language, ...(person === null ? {} : { contact_id: person }) })
    },
  })
  return (
    <form onSubmit={(event) => {
      event.preventDefault()
      send.mutate()
    }}
    >
      <Stack gap="sm">
        <TextInput type="email" label={t('test.to')} value={email} onChange={event => setEmail(event.currentTarget.value)} required data-autofocus />
        <ContactPicker label={t('test.as')} value={person} onChange={setPerson} />
        {locales.length > 1 && <SegmentedControl aria-label={t('language')} value={language} onChange={value => setLanguage(value as MailLocale)} data={locales.map(each => ({ value: each, label: t(`locales.${each}`) }))} />}
        <Text size="xs" c="dimmed">{t('test.hint')}</Text>
        <ErrorNotice error={send.error} />
        {send.isSuccess && <Text size="sm" role="status">{t('test.sent', { email: send.data.to })} <Anchor component={Link} to="/mailbox" size="sm">{t('test.mailbox')}</Anchor></Text>}
        <Group justify="flex-end"><Button type="submit" loading={send.isPending}>{t('test.send')}</Button></Group>
      </Stack>
    </form>
  )
}
