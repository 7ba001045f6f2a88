import { useState } from 'react'
import { Alert, Badge, Button, Center, Code, Group, Loader, Modal, SimpleGrid, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import type { CouponPool } from '../../shared/coupons.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { StatNumber } from '../ui/stat-number.tsx'
import { AddCodes } from './add-codes.tsx'
import { PoolForm } from './pool-form.tsx'
import { usePool, useRefreshPools } from './use-pool.ts'

/** One pool: its numbers, each leading to the people, and its codes. */
export function Page() {
  const id = Number(useParams()['id'])
  const { t } = useTranslation('coupons')
  const may = useMay('marketing')
  const format = useFormat()
  const refresh = useRefreshPools()
  const [editing, setEditing] = useState(false)
  const query = usePool(id)
  const archive = useMutation({ mutationFn: (pool: CouponPool) => api.patch(`/coupon-pools/${pool.id}`, { revision: pool.revision, archived: pool.archived_at === null }), onSuccess: refresh, onError: notifyError })
  if (query.isPending) return <Center h={300}><Loader type="dots" /></Center>
  if (query.isError) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />
  const pool = query.data
  const people = (state: string) => `/coupon-pools/${id}/people?state=${state}`
  return (
    <>
      <PageHeader
        title={pool.name} back={{ to: '/coupons', label: t('title') }}
        subtitle={(
          <Group gap="xs">
            <span>{pool.kind === 'list' ? t('kinds.list') : <Code>{pool.pattern}</Code>}</span>
            <span>{pool.valid_days === null ? t('valid_always') : t('valid_for', { count: pool.valid_days })}</span>
            {pool.archived_at !== null && <Badge color="gray">{t('archived')}</Badge>}
          </Group>
        )}
        actions={may && (
          <>
            <Button variant="default" loading={archive.isPending} onClick={() => archive.mutate(pool)}>{pool.archived_at === null ? t('archive') : t('restore')}</Button>
            <Button variant="default" onClick={() => setEditing(true)}>{t('change')}</Button>
          </>
        )}
      />
      <Stack gap="md">
        {pool.is_low && pool.archived_at === null && <Alert color={pool.left === 0 ? 'red' : 'amber'} variant="light">{pool.left === 0 ? t('empty_warning') : t('low_warning', { count: pool.left ?? 0 })}</Alert>}
        <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
          <StatNumber label={t('numbers.left')} value={pool.left === null ? t('endless') : format.number(pool.left)} />
          <StatNumber label={t('numbers.given')} value={format.number(pool.given)} people={people('given')} />
          <StatNumber label={t('numbers.redeemed')} value={format.number(pool.redeemed)} hint={pool.given > 0 ? format.percent(pool.redeemed / pool.given) : undefined} people={people('redeemed')} />
          <StatNumber label={t('numbers.open')} value={format.number(pool.open)} people={people('open')} />
          <StatNumber label={t('numbers.run_out')} value={format.number(pool.run_out)} people={people('run_out')} />
        </SimpleGrid>
        {may && pool.kind === 'list' && pool.archived_at === null && <AddCodes poolId={id} />}
        <Text size="sm" c="dimmed">{t('how')} <Code>{'{{ coupon.code }}'}</Code> <Code>{'{{ coupon.valid_until | date }}'}</Code></Text>
        <Text size="sm" c="dimmed">{t('redeemed_how')}</Text>
      </Stack>
      <Modal opened={editing} onClose={() => setEditing(false)} title={<Text fw={600}>{t('change')}</Text>}>
        {editing && <PoolForm pool={pool} onDone={() => setEditing(false)} />}
      </Modal>
    </>
  )
}
