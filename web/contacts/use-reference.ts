import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { api } from '../app/api.ts'
import type { Page } from '../app/api.ts'
import type { CustomField, FieldOf, Tag } from '../../shared/contacts.ts'
import type { User } from '../../shared/staff.ts'

export const customFieldsKey = ['custom-fields']
export const tagsKey = ['tags']

/** Custom fields in use of contacts, or of other records, in their order. */
export function useCustomFields(of: FieldOf = 'contact'): CustomField[] {
  const query = useQuery({ queryKey: customFieldsKey, queryFn: () => api.get<Page<CustomField>>('/custom-fields'), staleTime: 60_000 })
  return useMemo(() => (query.data?.data ?? []).filter(field => field.of === of && field.archived_at === null), [query.data, of])
}

export function useTags(): Tag[] {
  const query = useQuery({ queryKey: tagsKey, queryFn: () => api.get<Page<Tag>>('/tags'), staleTime: 60_000 })
  return query.data?.data ?? []
}

/** People who may own a contact, lead or task. */
export function useUsers(): User[] {
  const query = useQuery({ queryKey: ['users'], queryFn: () => api.get<Page<User>>('/users'), staleTime: 60_000 })
  return useMemo(() => (query.data?.data ?? []).filter(user => user.disabled_at === null), [query.data])
}
