import { useState } from 'react'
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Lead } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useSession } from '../app/session.tsx'
import { MaybeKnown } from '../duplicates/maybe-known.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useRefreshLeads } from './use-lead-actions.ts'

/** Somebody called or came by: a lead by hand, its manager is whoever writes it down. */
export function AddLead({ opened, onClose, onMade }: { opened: boolean, onClose: () => void, onMade: (lead: Lead) => void }) {
  const { t } = useTranslation('leads')
  return <Modal opened={opened} onClose={onClose} title={t('add.title')}>{opened && <Form onMade={onMade} />}</Modal>
}

function Form({ onMade }: { onMade: (lead: Lead) => void }) {
  const { t } = useTranslation('leads')
  const { user } = useSession()
  const refresh = useRefreshLeads()
  const [values, setValues] = useState({ first_name: '', last_name: '', email: '', phone: '', source_label: '' })
  const save = useMutation({
    mutationFn: () => {
      const { source_label, ...contact } = values
      return api.post<Lead>('/leads', { source_label, owner_id: user.id, contact: Object.fromEntries(Object.entries(contact).filter(([, value]) => value.trim() !== '')) })
    },
    onSuccess: async (lead) => {
      await refresh()
      onMade(lead)
    },
  })
  const errors = errorsByField(save.error)
  const input = (name: keyof typeof values, error: string | undefined) => ({
    label: t(`add.${name}`), value: values[name], maxLength: 200, error, onChange: (event: React.ChangeEvent<HTMLInputElement>) => setValues({ ...values, [name]: event.currentTarget.value }),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <Group grow gap="xs" align="flex-start">
          <TextInput data-autofocus {...input('first_name', undefined)} />
          <TextInput {...input('last_name', undefined)} />
        </Group>
        <Group grow gap="xs" align="flex-start">
          <TextInput {...input('email', errors['contact.email'])} />
          <TextInput {...input('phone', errors['contact.phone'])} />
        </Group>
        <MaybeKnown typed={{ email: values.email, phone: values.phone, first_name: values.first_name, last_name: values.last_name }} />
        <TextInput required placeholder={t('add.source_hint')} {...input('source_label', errors['source_label'])} />
        <ErrorNotice error={save.error} shownFields={['contact.email', 'contact.phone', 'source_label']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={values.source_label.trim() === '' || (values.email.trim() === '' && values.phone.trim() === '')}>{t('add.make')}</Button></Group>
      </Stack>
    </form>
  )
}
