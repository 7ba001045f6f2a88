import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { CouponPool } from '../../shared/coupons.ts'
import { api } from '../app/api.ts'
import { useLive } from '../app/live.ts'

/** One pool with its numbers, kept up to date while it is shown. */
export function usePool(id: number) {
  const refresh = useRefreshPools()
  useLive(['coupon-pools'], refresh)
  return useQuery({ queryKey: ['coupon-pools', id], queryFn: () => api.get<CouponPool>(`/coupon-pools/${id}`) })
}

export function useRefreshPools(): () => void {
  const client = useQueryClient()
  return () => {
    void client.invalidateQueries({ queryKey: ['coupon-pools'] })
    void client.invalidateQueries({ queryKey: ['list'] })
  }
}
