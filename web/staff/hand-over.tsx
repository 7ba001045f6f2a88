import { useState } from 'react'
import { Button, Group, Modal, Radio, Select, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { OpenWork } from '../../shared/routing.ts'
import type { User } from '../../shared/staff.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useFormat } from '../ui/format.ts'
import { notifyDone } from '../ui/notify.ts'

type Props = { leaving: { user: User, disable: boolean } | null, users: User[], onClose: () => void, onDone: () => void }

/** Somebody leaves or gives everything on: to whom their open leads, deals and tasks go. */
export function HandOver({ leaving, onClose, ...rest }: Props) {
  const { t } = useTranslation('staff')
  return (
    <Modal opened={leaving !== null} onClose={onClose} title={<Text fw={600}>{leaving !== null && t(leaving.disable ? 'handover.title_disable' : 'handover.title', { name: leaving.user.name })}</Text>}>
      {leaving !== null && <Form leaving={leaving} {...rest} />}
    </Modal>
  )
}

function Form({ leaving: { user, disable }, users, onDone }: Omit<Props, 'leaving' | 'onClose'> & { leaving: NonNullable<Props['leaving']> }) {
  const { t } = useTranslation('staff')
  const format = useFormat()
  const [to, setTo] = useState<'rules' | 'person' | 'keep'>(disable ? 'keep' : 'rules')
  const [person, setPerson] = useState<number | null>(null)
  const work = useQuery({ queryKey: ['users', user.id, 'handover'], queryFn: () => api.get<OpenWork>(`/users/${user.id}/handover`), gcTime: 0 })
  const numbers = (of: OpenWork) => ({ leads: format.number(of.leads), deals: format.number(of.deals), tasks: format.number(of.tasks) })
  const save = useMutation({
    mutationFn: async () => {
      if (to === 'keep') await api.patch(`/users/${user.id}`, { disabled: true })
      else notifyDone(t('handover.done', numbers(await api.post<OpenWork>(`/users/${user.id}/handover`, { to: to === 'rules' ? 'rules' : person, disable }))))
    },
    onSuccess: onDone,
  })
  const hasWork = work.data !== undefined && work.data.leads + work.data.deals + work.data.tasks > 0
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="md">
        <ErrorNotice error={work.error} retry={() => void work.refetch()} />
        {work.data !== undefined && <Text size="sm">{hasWork ? t('handover.open', numbers(work.data)) : t('handover.nothing')}</Text>}
        {hasWork && (
          <>
            <Radio.Group label={t('handover.to')} value={to} onChange={value => setTo(value as typeof to)}>
              <Stack gap={8} mt={6}>
                <Radio value="rules" label={t('handover.by_rules')} description={t('handover.by_rules_hint')} />
                <Radio value="person" label={t('handover.person')} />
                {disable && <Radio value="keep" label={t('handover.keep')} />}
              </Stack>
            </Radio.Group>
            {to === 'person' && (
              <Select
                label={t('handover.who')} searchable required value={person === null ? null : String(person)} error={errorsByField(save.error)['to']} onChange={value => setPerson(value === null ? null : Number(value))}
                data={users.filter(each => each.id !== user.id && each.disabled_at === null).map(each => ({ value: String(each.id), label: each.name }))}
              />
            )}
            <Text size="xs" c="dimmed">{t('handover.contacts')}</Text>
          </>
        )}
        {disable && <Text size="sm">{t('handover.disable', { name: user.name })}.</Text>}
        <ErrorNotice error={save.error} shownFields={['to']} />
        <Group justify="flex-end">
          <Button type="submit" color={disable ? 'red' : undefined} loading={save.isPending} disabled={work.data === undefined || (!disable && !hasWork) || (to === 'person' && person === null)}>{t(disable ? 'handover.do_disable' : 'handover.do')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
