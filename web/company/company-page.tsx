import { useEffect } from 'react'
import { NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CompanySettings } from '../../shared/company.ts'
import { api } from '../app/api.ts'
import { sessionKey, useMay, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'
import { currencyChoices, timeZoneChoices } from './choices.ts'

export function Page() {
  const { t, i18n } = useTranslation('company')
  const { company } = useSession()
  const may = useMay('administer')
  const client = useQueryClient()
  const form = useForm<CompanySettings>({ initialValues: company })
  useEffect(() => {
    if (!form.isDirty()) form.initialize(company)
    // Only what comes from the server counts here, not what is typed.
  }, [company])
  const save = useMutation({
    mutationFn: () => api.patch<CompanySettings>('/company', form.values),
    onSuccess: () => {
      form.resetDirty()
      notifyDone(t('app:saved'))
      void client.invalidateQueries({ queryKey: sessionKey })
    },
    onError: error => form.setErrors(errorsByField(error)),
  })
  const input = <Key extends keyof CompanySettings>(name: Key) => ({ ...form.getInputProps(name), disabled: !may })
  return (
    <>
      <PageHeader title={t('sections.company')} />
      <Stack gap="md">
        <TextInput label={t('fields.name')} {...input('name')} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select label={t('fields.language')} description={t('hints.language')} allowDeselect={false} data={[{ value: 'ru', label: 'Русский' }, { value: 'en', label: 'English' }]} {...input('language')} />
          <Select label={t('fields.time_zone')} description={t('hints.time_zone')} searchable allowDeselect={false} data={timeZoneChoices(form.values.time_zone)} {...input('time_zone')} />
          <Select label={t('fields.currency')} description={t('hints.currency')} searchable allowDeselect={false} data={currencyChoices(i18n.language)} {...input('currency')} />
          <TextInput label={t('fields.phone_country')} description={t('hints.phone_country')} maxLength={2} {...input('phone_country')} onChange={event => form.setFieldValue('phone_country', event.currentTarget.value.toUpperCase())} />
        </SimpleGrid>
        <Title order={2} mt="sm">{t('sender')}</Title>
        <Text size="sm" c="dimmed" mt={-10}>{t('sender_text')}</Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('fields.sender_name')} {...input('sender_name')} />
          <TextInput label={t('fields.sender_email')} type="email" {...input('sender_email')} />
          <TextInput label={t('fields.reply_to')} description={t('hints.reply_to')} type="email" {...input('reply_to')} />
        </SimpleGrid>
        <Textarea label={t('fields.postal_address')} description={t('hints.postal_address')} autosize minRows={2} {...input('postal_address')} />
        <Title order={2} mt="sm">{t('attribution')}</Title>
        <NumberInput label={t('fields.attribution_window_days')} description={t('hints.attribution_window_days')} min={0} max={365} allowDecimal={false} maw={320} {...input('attribution_window_days')} />
        <ErrorNotice error={save.error} shownFields={Object.keys(form.values)} />
      </Stack>
      <SaveBar dirty={form.isDirty()} saving={save.isPending} onSave={() => save.mutate()} onDiscard={() => { form.reset(); save.reset() }} />
    </>
  )
}
