import { useState } from 'react'
import { ActionIcon, Button, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconRoute, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { RoutingRule, RoutingRules } from '../../shared/routing.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useDescribe } from '../conditions/describe.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { RuleForm } from './rule-form.tsx'
import { bodyOf, type RuleBody } from './rule-body.ts'

const rulesKey = ['routing-rules']
const isEverybody = (rule: RoutingRule) => 'all' in rule.condition && rule.condition.all.length === 0

/** The rules in their order: the first one that is true of a lead decides. */
export function RulesPanel() {
  const { t } = useTranslation('routing')
  const client = useQueryClient()
  const list = useQuery({ queryKey: rulesKey, queryFn: () => api.get<RoutingRules>('/routing-rules') })
  useLive(['routing'], () => void list.refetch())
  const [edited, setEdited] = useState<number | 'new' | null>(null)
  const save = useMutation({
    mutationFn: (rules: RuleBody[]) => api.put<RoutingRules>('/routing-rules', { revision: list.data?.revision ?? '', rules }),
    onSuccess: (saved) => {
      client.setQueryData(rulesKey, saved)
      setEdited(null)
    },
  })
  const rules = list.data?.data ?? []
  const bodies = rules.map(bodyOf)
  // What is wrong with a rule is shown in its form; a list that has changed meanwhile is read again.
  const quietly = (next: RuleBody[]) => save.mutate(next, { onError: (error) => { notifyError(error); void list.refetch() } })
  const swap = (one: number, other: number) => quietly(bodies.with(one, bodies[other]!).with(other, bodies[one]!))
  const open = (which: number | 'new') => {
    save.reset()
    setEdited(which)
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start">
        <Stack gap={2} flex="1 1 260px">
          <Title order={2} size="h4">{t('rules')}</Title>
          {rules.length > 0 && <Text size="sm" c="dimmed">{t('rules_hint')}</Text>}
        </Stack>
        {rules.length > 0 && <Button leftSection={<IconPlus size={16} />} onClick={() => open('new')}>{t('add')}</Button>}
      </Group>
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isPending && <Skeleton h={120} />}
      {list.isSuccess && rules.length === 0 && <EmptyState icon={IconRoute} title={t('empty')} text={t('empty_text')} action={<Button leftSection={<IconPlus size={16} />} onClick={() => open('new')}>{t('add')}</Button>} />}
      {rules.length > 0 && (
        <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
          {rules.map((rule, index) => (
            <Paper key={rule.id} component="li" withBorder p="sm">
              <Group wrap="nowrap" align="flex-start" gap="sm">
                <Text size="sm" c="dimmed" miw={16}>{index + 1}</Text>
                <RuleWords rule={rule} />
                <Group gap={2} wrap="nowrap">
                  <ActionIcon variant="subtle" color="gray" aria-label={t('up', { name: rule.name })} disabled={index === 0 || save.isPending} onClick={() => swap(index, index - 1)}><IconArrowUp size={16} /></ActionIcon>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('down', { name: rule.name })} disabled={index === rules.length - 1 || save.isPending} onClick={() => swap(index, index + 1)}><IconArrowDown size={16} /></ActionIcon>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('change', { name: rule.name })} onClick={() => open(index)}><IconPencil size={16} stroke={1.7} /></ActionIcon>
                  <ActionIcon
                    variant="subtle" color="red" aria-label={t('remove', { name: rule.name })}
                    onClick={() => confirmDelete({ title: t('remove_title', { name: rule.name }), text: t('remove_text'), onConfirm: () => save.mutateAsync(bodies.toSpliced(index, 1)) })}
                  ><IconTrash size={16} stroke={1.7} />
                  </ActionIcon>
                </Group>
              </Group>
            </Paper>
          ))}
          <Text component="li" size="sm" c="dimmed" px="sm">{t('last_resort')}</Text>
        </Stack>
      )}
      <RuleForm
        opened={edited !== null} rule={typeof edited === 'number' ? bodies[edited] ?? null : null} at={typeof edited === 'number' ? edited : rules.length} error={save.error} saving={save.isPending} onClose={() => setEdited(null)}
        onSave={rule => save.mutate(typeof edited === 'number' ? bodies.with(edited, rule) : [...bodies, rule])}
      />
    </Stack>
  )
}

/** A rule as two sentences: of which leads, and to whom. */
function RuleWords({ rule }: { rule: RoutingRule }) {
  const { t } = useTranslation('routing')
  const describe = useDescribe(useVocabulary().data)
  const names = [...rule.team === null ? [] : [t('team_named', { name: rule.team.name })], ...rule.people.map(person => person.disabled ? t('gone', { name: person.name }) : person.name)]
  const limits = [rule.in_hours ? t('short.in_hours') : '', rule.only_online ? t('short.only_online') : ''].filter(Boolean)
  return (
    <Stack gap={2} flex={1} miw={0}>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>{rule.name}</Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{isEverybody(rule) ? t('every_lead') : describe.condition(rule.condition)}</Text>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {[`${names.length === 0 ? t('nobody_left') : names.join(', ')}: ${t(`ways.${rule.way}`)}`, ...limits].join(', ')}. {t(`short.nobody_free.${rule.nobody_free}`, { name: rule.stand_in?.name ?? '' })}
      </Text>
    </Stack>
  )
}
