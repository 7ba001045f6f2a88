import { useState } from 'react'
import { Button, Group, NumberInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CouponPool } from '../../shared/coupons.ts'
import { api } from '../app/api.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { errorsByField } from '../ui/error-words.ts'
import { useRefreshPools } from './use-pool.ts'

/** A pool to make, or what can be changed about one. */
export function PoolForm({ pool, onDone }: { pool: CouponPool | null, onDone: (pool: CouponPool) => void }) {
  const { t } = useTranslation('coupons')
  const refresh = useRefreshPools()
  const [kind, setKind] = useState<'pattern' | 'list'>(pool?.kind ?? 'pattern')
  const [name, setName] = useState(pool?.name ?? '')
  const [pattern, setPattern] = useState(pool?.pattern ?? 'SALE-********')
  const [days, setDays] = useState<number | string>(pool === null ? 14 : pool.valid_days ?? '')
  const [low, setLow] = useState<number | string>(pool?.low_stock ?? 50)
  const save = useMutation({
    mutationFn: () => {
      const fields = { name: name.trim(), valid_days: typeof days === 'number' && days > 0 ? days : null, ...(kind === 'pattern' ? { pattern: pattern.trim() } : { low_stock: typeof low === 'number' ? low : 0 }) }
      return pool === null ? api.post<CouponPool>('/coupon-pools', { ...fields, kind }) : api.patch<CouponPool>(`/coupon-pools/${pool.id}`, { ...fields, revision: pool.revision })
    },
    onSuccess: (saved) => {
      refresh()
      onDone(saved)
    },
  })
  const errors = errorsByField(save.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        {pool === null && (
          <>
            <SegmentedControl value={kind} onChange={value => setKind(value === 'list' ? 'list' : 'pattern')} data={[{ value: 'pattern', label: t('kinds.pattern') }, { value: 'list', label: t('kinds.list') }]} />
            <Text size="sm" c="dimmed">{t(`kind_hints.${kind}`)}</Text>
          </>
        )}
        <TextInput label={t('name')} placeholder={t('name_hint')} required data-autofocus maxLength={200} value={name} onChange={event => setName(event.currentTarget.value)} error={errors['name']} />
        {kind === 'pattern' && <TextInput label={t('pattern')} description={t('pattern_hint')} required maxLength={60} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} value={pattern} onChange={event => setPattern(event.currentTarget.value)} error={errors['pattern']} />}
        <Group grow gap="xs" align="flex-start">
          <NumberInput label={t('valid_days')} description={t('valid_days_hint')} min={1} max={3650} allowDecimal={false} value={days} onChange={setDays} error={errors['valid_days']} />
          {kind === 'list' && <NumberInput label={t('low_stock')} description={t('low_stock_hint')} min={0} max={1_000_000} allowDecimal={false} value={low} onChange={setLow} error={errors['low_stock']} />}
        </Group>
        <ErrorNotice error={save.error} shownFields={['name', 'pattern', 'valid_days', 'low_stock']} />
        <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>{pool === null ? t('make') : t('app:save')}</Button></Group>
      </Stack>
    </form>
  )
}
