import { useState } from 'react'
import type { ReactNode } from 'react'
import { Select, Stack, Switch, Table, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { fieldAccess, guardedFields, recordKinds, sight, type FieldAccess, type NarrowedRole, type RoleRights, type Sight } from '../../shared/rights.ts'
import type { CustomField } from '../../shared/contacts.ts'
import { api } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { customFieldsKey, useCustomFields } from '../contacts/use-reference.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyDone } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { SaveBar } from '../ui/save-bar.tsx'

/** Whose records each role sees, and which fields of a card it may read or change. */
export function Page() {
  const { t } = useTranslation('staff')
  const client = useQueryClient()
  const custom = useCustomFields()
  const [changed, setChanged] = useState<Partial<Record<NarrowedRole, RoleRights>>>({})
  const [granted, setGranted] = useState<Record<number, CustomField['access']>>({})
  const discard = () => {
    setChanged({})
    setGranted({})
  }
  const list = useQuery({ queryKey: ['rights'], queryFn: () => api.get<ListPage<RoleRights>>('/rights') })
  const roles = (list.data?.data ?? []).map(kept => changed[kept.role] ?? kept)
  const change = (rights: RoleRights, part: Partial<RoleRights>) => setChanged({ ...changed, [rights.role]: { ...rights, ...part } })
  const save = useMutation({
    mutationFn: async () => {
      for (const { role, ...rights } of Object.values(changed)) await api.put(`/rights/${role}`, rights)
      for (const [id, access] of Object.entries(granted)) await api.patch(`/custom-fields/${id}`, { access })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['rights'] })
      await client.invalidateQueries({ queryKey: customFieldsKey })
      discard()
      notifyDone(t('rights.saved'))
    },
  })
  const sights = sight.options.map(value => ({ value, label: t(`rights.sights.${value}`) }))
  const heads = roles.map(({ role }) => t(`app:roles.${role}`))
  return (
    <>
      <PageHeader title={t('rights.title')} subtitle={t('rights.subtitle')} />
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && (
        <Stack gap="xl">
          <Matrix title={t('rights.records')} hint={t('rights.records_hint')} heads={heads}>
            {recordKinds.map(kind => (
              <Line key={kind} label={t(`rights.kinds.${kind}`)}>
                {roles.map(rights => (
                  <Select
                    key={rights.role} size="xs" aria-label={t('rights.cell', { what: t(`rights.kinds.${kind}`), role: t(`app:roles.${rights.role}`) })} allowDeselect={false} data={sights}
                    value={rights[kind]} onChange={value => change(rights, { [kind]: value as Sight })}
                  />
                ))}
              </Line>
            ))}
            <Line label={t('rights.unowned')}>
              {roles.map(rights => (
                <Switch
                  key={rights.role} size="sm" label={t(rights.sees_unowned ? 'rights.unowned_seen' : 'rights.unowned_hidden')} disabled={recordKinds.every(kind => rights[kind] === 'all')}
                  aria-label={t('rights.cell', { what: t('rights.unowned'), role: t(`app:roles.${rights.role}`) })} checked={rights.sees_unowned} onChange={event => change(rights, { sees_unowned: event.currentTarget.checked })}
                />
              ))}
            </Line>
          </Matrix>
          <Matrix title={t('rights.fields')} hint={t('rights.fields_hint')} heads={heads}>
            {guardedFields.map(field => (
              <Line key={field} label={t(`contacts:fields.${field}`)}>
                {roles.map(rights => <AccessSelect key={rights.role} label={t(`contacts:fields.${field}`)} role={rights.role} access={rights.fields[field]} onChange={access => change(rights, { fields: { ...rights.fields, [field]: access } })} />)}
              </Line>
            ))}
            {custom.map((field) => {
              const access = granted[field.id] ?? field.access
              return (
                <Line key={field.id} label={field.label}>
                  {roles.map(({ role }) => <AccessSelect key={role} label={field.label} role={role} access={access[role]} onChange={value => setGranted({ ...granted, [field.id]: { ...access, [role]: value } })} />)}
                </Line>
              )
            })}
          </Matrix>
        </Stack>
      )}
      <SaveBar dirty={Object.keys(changed).length + Object.keys(granted).length > 0} saving={save.isPending} error={save.error} onSave={() => save.mutate()} onDiscard={discard} />
    </>
  )
}

/** Observers change nothing anyway: a field is read or hidden. */
function AccessSelect({ label, role, access = 'edit', onChange }: { label: string, role: NarrowedRole, access: FieldAccess | undefined, onChange: (access: FieldAccess) => void }) {
  const { t } = useTranslation('staff')
  const choices = fieldAccess.options.filter(value => role !== 'observer' || value !== 'edit')
  return (
    <Select
      size="xs" aria-label={t('rights.cell', { what: label, role: t(`app:roles.${role}`) })} allowDeselect={false} data={choices.map(value => ({ value, label: t(`rights.access.${value}`) }))}
      value={role === 'observer' && access === 'edit' ? 'read' : access} onChange={value => onChange(value as FieldAccess)}
    />
  )
}

function Matrix({ title, hint, heads, children }: { title: string, hint: string, heads: string[], children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4">{title}</Title>
      <Text size="sm" c="dimmed" mb="xs">{hint}</Text>
      <Table.ScrollContainer minWidth={640}>
        <Table layout="fixed" verticalSpacing={6}>
          <Table.Thead><Table.Tr><Table.Td />{heads.map(head => <Table.Th key={head}>{head}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  )
}

function Line({ label, children }: { label: string, children: ReactNode[] }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}><Text size="sm">{label}</Text></Table.Th>
      {children.map((cell, place) => <Table.Td key={place}>{cell}</Table.Td>)}
    </Table.Tr>
  )
}
