import { useState } from 'react'
import { Badge, Button, Group, Modal, Skeleton, Table, Text } from '@mantine/core'
import { IconPlus, IconTicket } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { CouponPool } from '../../shared/coupons.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PoolForm } from './pool-form.tsx'
import { usePools } from './use-pools.ts'

/** Pools of personal coupon codes: what is left, given and used. */
export function Page() {
  const { t } = useTranslation('coupons')
  const may = useMay('marketing')
  const navigate = useNavigate()
  const format = useFormat()
  const [making, setMaking] = useState(false)
  const list = usePools()
  const pools = list.data?.data ?? []
  const make = <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t('new')}</Button>
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={may && pools.length > 0 && make} />
      {list.isPending && <Skeleton h={120} />}
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isSuccess && pools.length === 0 && <EmptyState icon={IconTicket} title={t('empty.title')} text={t('empty.text')} action={may && make} />}
      {pools.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr><Table.Th>{t('pool')}</Table.Th>{(['left', 'given', 'redeemed', 'run_out'] as const).map(key => <Table.Th key={key} ta="right">{t(`numbers.${key}`)}</Table.Th>)}</Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {pools.map(pool => (
                <Table.Tr key={pool.id} style={{ cursor: 'pointer' }} onClick={() => void navigate(`/coupons/${pool.id}`)}>
                  <Table.Td>
                    <Text component={Link} to={`/coupons/${pool.id}`} size="sm" fw={500} c="inherit">{pool.name}</Text>
                    <Group gap={6}>
                      <Text size="xs" c="dimmed">{pool.kind === 'list' ? t('kinds.list') : <span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{pool.pattern}</span>}</Text>
                      {pool.archived_at !== null ? <Badge size="xs" color="gray">{t('archived')}</Badge> : pool.is_low && <Badge size="xs" color="red">{pool.left === 0 ? t('is_empty') : t('is_low')}</Badge>}
                    </Group>
                  </Table.Td>
                  {([pool.left, pool.given, pool.redeemed, pool.run_out] as const).map((count, index) => <Table.Td key={index} ta="right">{count === null ? t('endless') : format.number(count)}</Table.Td>)}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={making} onClose={() => setMaking(false)} title={<Text fw={600}>{t('new')}</Text>}>
        {making && <PoolForm pool={null} onDone={(pool: CouponPool) => void navigate(`/coupons/${pool.id}`)} />}
      </Modal>
    </>
  )
}
