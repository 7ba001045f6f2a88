import { useState } from 'react'
import { ActionIcon, Anchor, Badge, Button, Group, Paper, Skeleton, Stack, Switch, Text, Title } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { DataMap, FieldFiller, FieldRule, MappedField } from '../../shared/data-map.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { useLabels, useVocabulary } from '../conditions/vocabulary.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import classes from './data-map.module.css'
import { RuleForm } from './rule-form.tsx'
import { useFieldLabel } from './use-field-label.ts'

const mapKey = ['data-map']
type Edited = { rule: FieldRule | null, field: string }

/** Which event or source fills which field of the card, and the rules that people made for it. */
export function Page() {
  const { t } = useTranslation('data_map')
  const may = useMay('marketing')
  const client = useQueryClient()
  const format = useFormat()
  const [edited, setEdited] = useState<Edited | null>(null)
  const map = useQuery({ queryKey: mapKey, queryFn: () => api.get<DataMap>('/data-map') })
  const fields = map.data?.fields ?? []
  const group = (title: string, note: string, shown: MappedField[]) => shown.length === 0 ? null : (
    <Paper p="md">
      <Title order={2} size="h4">{title}</Title>
      <Text size="sm" c="dimmed" mb="xs">{note}</Text>
      {shown.map(field => <FieldRow key={field.field} field={field} onEdit={may ? setEdited : undefined} />)}
    </Paper>
  )
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited({ rule: null, field: '' })}>{t('new_rule')}</Button>} />
      {map.isPending && <Skeleton height={420} radius="lg" />}
      <ErrorNotice error={map.error} retry={() => void map.refetch()} />
      {map.isSuccess && (
        <Stack gap="md">
          {group(t('groups.card'), t('groups.card_note', { count: map.data.changes_seen, seen: format.number(map.data.changes_seen) }), fields.filter(field => field.kind !== 'computed' && !field.field.startsWith('fields.')))}
          {group(t('groups.own'), t('groups.own_note'), fields.filter(field => field.field.startsWith('fields.')))}
          {group(t('groups.computed'), t('groups.computed_note'), fields.filter(field => field.kind === 'computed'))}
        </Stack>
      )}
      {edited !== null && <RuleForm rule={edited.rule} field={edited.field} fields={fields.filter(canHaveRule)} onClose={() => setEdited(null)} onSaved={() => { setEdited(null); void client.invalidateQueries({ queryKey: mapKey }) }} />}
    </>
  )
}

/** A manager is given by routing, and what is computed is written by nobody. */
const canHaveRule = (field: MappedField): boolean => field.kind !== 'computed' && field.field !== 'owner_id' && field.fillers.every(filler => filler.kind !== 'formula')

function FieldRow({ field, onEdit }: { field: MappedField, onEdit: ((edited: Edited) => void) | undefined }) {
  const { t } = useTranslation('data_map')
  const label = useFieldLabel()(field)
  const format = useFormat()
  return (
    <div className={classes.row}>
      <Text size="sm" fw={500} className={classes.name}>{label}</Text>
      <Stack gap={6} className={classes.fillers}>
        {field.fillers.length === 0 && <Text size="sm" c="dimmed" title={t('by_hand_only')}>—</Text>}
        {field.fillers.map(filler => filler.rule === null
          ? <Filler key={`${filler.kind}:${filler.id ?? filler.name}`} filler={filler} />
          : <RuleLine key={filler.rule.id} rule={filler.rule} label={label} onEdit={onEdit} />)}
      </Stack>
      <Text size="xs" c="dimmed" className={classes.lately}>{field.lately.map(({ by, values }) => `${t(`by.${by}`, { defaultValue: by })} ${format.number(values)}`).join(' · ')}</Text>
      <div className={classes.add}>
        {onEdit !== undefined && canHaveRule(field) && <ActionIcon variant="subtle" color="gray" onClick={() => onEdit({ rule: null, field: field.field })} aria-label={t('add_to', { field: label })} title={t('add_to', { field: label })}><IconPlus size={16} stroke={1.7} /></ActionIcon>}
      </div>
    </div>
  )
}

function Filler({ filler: { kind, id, name } }: { filler: FieldFiller }) {
  const { t } = useTranslation('data_map')
  const labels = useLabels(useVocabulary().data)
  return (
    <Group gap={6} wrap="nowrap" align="baseline">
      <Badge variant="light" color="gray" size="sm" flex="none">{t(`kinds.${kind}`)}</Badge>
      {id === null
        ? <Text size="sm">{kind === 'event' ? labels.event(name) : name}</Text>
        : <Anchor component={Link} to={`/${kind}s/${id}`} size="sm">{name}</Anchor>}
    </Group>
  )
}

function RuleLine({ rule, label, onEdit }: { rule: FieldRule, label: string, onEdit: ((edited: Edited) => void) | undefined }) {
  const { t } = useTranslation('data_map')
  const client = useQueryClient()
  const labels = useLabels(useVocabulary().data)
  const refresh = () => client.invalidateQueries({ queryKey: mapKey })
  const turn = useMutation({ mutationFn: (active: boolean) => api.patch(`/data-map/rules/${rule.id}`, { active }), onSuccess: refresh, onError: notifyError })
  const name = t('rule_name', { event: labels.event(rule.event_type), property: labels.property(rule.property) })
  const remove = () => confirmDelete({
    title: t('remove_title'), text: t('remove_text', { rule: name, field: label }),
    onConfirm: async () => {
      await api.delete(`/data-map/rules/${rule.id}`)
      await refresh()
    },
  })
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Badge variant="light" size="sm" flex="none" mt={2} color={rule.active ? 'pine' : 'gray'}>{t('kinds.rule')}</Badge>
      <Stack gap={0} flex={1} miw={0}>
        <Text size="sm" c={rule.active ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>{name}</Text>
        <Text size="xs" c="dimmed">{[t(`update_rules.${rule.update_rule}.short`), t('filled', { count: rule.filled }), rule.refused > 0 ? t('refused', { count: rule.refused }) : ''].filter(Boolean).join(' · ')}</Text>
      </Stack>
      {onEdit !== undefined && (
        <Group gap={4} wrap="nowrap">
          <Switch size="xs" checked={rule.active} onChange={event => turn.mutate(event.currentTarget.checked)} aria-label={t('turn', { rule: name })} />
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={() => onEdit({ rule, field: rule.field })} aria-label={t('edit', { rule: name })} title={t('app:edit')}><IconPencil size={15} stroke={1.7} /></ActionIcon>
          <ActionIcon variant="subtle" color="red" size="sm" onClick={remove} aria-label={t('remove', { rule: name })} title={t('app:delete')}><IconTrash size={15} stroke={1.7} /></ActionIcon>
        </Group>
      )}
    </Group>
  )
}
