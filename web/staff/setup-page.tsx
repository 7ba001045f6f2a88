import { Box, Button, Divider, PasswordInput, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { currencyChoices, guessCurrency, timeZoneChoices } from '../company/choices.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { api } from '../app/api.ts'
import { sessionKey } from '../app/session.tsx'
import { Door } from './door.tsx'
import classes from './door.module.css'

/** The first page of a new installation: the company, who sends, and the first administrator. */
export default function SetupPage() {
  const { t, i18n } = useTranslation('staff')
  const client = useQueryClient()
  const form = useForm({
    initialValues: {
      company_name: '', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', currency: guessCurrency(navigator.languages),
      sender_name: '', sender_email: '', name: '', email: '', password: '',
    },
    validate: {
      company_name: value => value.trim() === '' ? t('setup.company_missing') : null,
      name: value => value.trim() === '' ? t('setup.name_missing') : null,
      email: value => looksLikeEmail(value) ? null : t('setup.email_wrong'),
      sender_email: value => value.trim() === '' || looksLikeEmail(value) ? null : t('setup.email_wrong'),
      password: value => value.length < 10 ? t('setup.password_short') : null,
    },
  })
  const values = form.values
  const save = useMutation({
    mutationFn: () => api.post('/setup', {
      ...values, language: i18n.language,
      email: values.email.trim(),
      // Left empty they follow from what is already written above and below.
      sender_name: values.sender_name.trim() || values.company_name.trim(),
      sender_email: values.sender_email.trim() || values.email.trim(),
    }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
    onError: error => form.setErrors(errorsByField(error)),
  })
  return (
    <Door title={t('setup.title')} width={640}>
      <Stack gap={4} mb="lg">
        <Title order={1}>{t('setup.title')}</Title>
        <Text c="dimmed">{t('setup.text')}</Text>
      </Stack>
      <Box component="form" className={classes.panel ?? ''} onSubmit={form.onSubmit(() => save.mutate())} noValidate>
        <Stack gap="md">
          <Title order={2}>{t('setup.company')}</Title>
          <TextInput label={t('setup.company_name')} required autoFocus autoComplete="organization" {...form.getInputProps('company_name')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select label={t('setup.time_zone')} required searchable allowDeselect={false} data={timeZoneChoices(values.time_zone)} {...form.getInputProps('time_zone')} />
            <Select label={t('setup.currency')} description={t('setup.currency_hint')} inputWrapperOrder={['label', 'input', 'description', 'error']} required searchable allowDeselect={false} data={currencyChoices(i18n.language)} {...form.getInputProps('currency')} />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('setup.sender_name')} placeholder={values.company_name} {...form.getInputProps('sender_name')} />
            <TextInput label={t('setup.sender_email')} type="email" placeholder={values.email} {...form.getInputProps('sender_email')} />
          </SimpleGrid>
          <Text size="xs" c="dimmed" mt={-8}>{t('setup.sender_hint')}</Text>
          <Divider my={4} />
          <Title order={2}>{t('setup.you')}</Title>
          <TextInput label={t('name')} required autoComplete="name" {...form.getInputProps('name')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('email')} type="email" required autoComplete="username" {...form.getInputProps('email')} />
            <PasswordInput label={t('password')} description={t('setup.password_hint')} inputWrapperOrder={['label', 'input', 'description', 'error']} required autoComplete="new-password" {...form.getInputProps('password')} />
          </SimpleGrid>
          <ErrorNotice error={save.error} shownFields={Object.keys(values)} />
          <Button type="submit" size="md" loading={save.isPending}>{t('setup.button')}</Button>
          <Text size="xs" c="dimmed">{t('setup.later')}</Text>
        </Stack>
      </Box>
    </Door>
  )
}

const looksLikeEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())
