import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { CouponPool } from '../../shared/coupons.ts'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'

const poolsKey = ['coupon-pools']

/** Pools with their numbers, kept up to date while they are shown. */
export function usePools() {
  const refresh = useRefreshPools()
  useLive(['coupon-pools'], refresh)
  return useQuery({ queryKey: poolsKey, queryFn: () => api.get<Page<CouponPool>>('/coupon-pools') })
}

export function usePool(id: number) {
  const refresh = useRefreshPools()
  useLive(['coupon-pools'], refresh)
  return useQuery({ queryKey: [...poolsKey, id], queryFn: () => api.get<CouponPool>(`/coupon-pools/${id}`) })
}

export function useRefreshPools(): () => void {
  const client = useQueryClient()
  return () => void client.invalidateQueries({ queryKey: poolsKey })
}
