import { useState } from 'react'
import { Badge, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { IconPlus, IconTicket } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { CouponPool } from '../../shared/coupons.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { PoolForm } from './pool-form.tsx'

/** Pools of personal coupon codes: what is left, given and used. */
export function Page() {
  const { t } = useTranslation('coupons')
  const may = useMay('marketing')
  const navigate = useNavigate()
  const client = useQueryClient()
  const format = useFormat()
  const [making, setMaking] = useState(false)
  useLive(['coupon-pools'], () => void client.invalidateQueries({ queryKey: ['list'] }))
  const make = may && <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>{t('new')}</Button>
  const number = (key: 'left' | 'given' | 'redeemed' | 'run_out') => ({ key, label: t(`numbers.${key}`), align: 'right' as const, render: (pool: CouponPool) => pool[key] === null ? t('endless') : format.number(pool[key]) })
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={make} />
      <DataList<CouponPool>
        name="coupon-pools" path="/coupon-pools" rowKey={pool => pool.id} rowTo={pool => `/coupons/${pool.id}`} minWidth={640}
        columns={[
          {
            key: 'name', label: t('pool'), fixed: true,
            render: pool => (
              <Stack gap={0}>
                <Text size="sm" fw={500}>{pool.name}</Text>
                <Group gap={6}>
                  <Text size="xs" c="dimmed" {...(pool.kind === 'list' ? {} : { ff: 'monospace' })}>{pool.kind === 'list' ? t('kinds.list') : pool.pattern}</Text>
                  {pool.archived_at !== null ? <Badge size="xs" color="gray">{t('archived')}</Badge> : pool.is_low && <Badge size="xs" color="red">{pool.left === 0 ? t('is_empty') : t('is_low')}</Badge>}
                </Group>
              </Stack>
            ),
          },
          number('left'), number('given'), number('redeemed'), number('run_out'),
        ]}
        empty={<EmptyState icon={IconTicket} title={t('empty.title')} text={t('empty.text')} action={make} />}
      />
      <Modal opened={making} onClose={() => setMaking(false)} title={<Text fw={600}>{t('new')}</Text>}>
        {making && <PoolForm pool={null} onDone={pool => void navigate(`/coupons/${pool.id}`)} />}
      </Modal>
    </>
  )
}
