import { createContext, useCallback, useContext, useEffect, useMemo } from 'react'
import type { ReactNode } from 'react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, onSignedOut } from './api.ts'
import { changeLanguage } from './i18n.ts'
import type { CompanySettings } from '../../shared/company.ts'
import type { FieldAccess } from '../../shared/rights.ts'
import type { Role, Session } from '../../shared/staff.ts'
import { forgetRecent } from '../search/recent.ts'

type SignedIn = { user: NonNullable<Session['user']>, company: CompanySettings, sees: Session['sees'], signOut: () => Promise<void> }
const SessionContext = createContext<SignedIn | null>(null)

export const sessionKey = ['session']

export function useSessionQuery() {
  return useQuery({ queryKey: sessionKey, queryFn: () => api.get<Session>('/session'), staleTime: 60_000, retry: 1 })
}

/** Everything below may take for granted that somebody is signed in. */
export function SignedInProvider({ user, company, sees, children }: { user: SignedIn['user'], company: CompanySettings, sees: SignedIn['sees'], children: ReactNode }) {
  const client = useQueryClient()
  useEffect(() => {
    void changeLanguage(user.locale)
  }, [user.locale])
  useEffect(() => {
    onSignedOut(() => void client.invalidateQueries({ queryKey: sessionKey }))
  }, [client])
  const signOut = useCallback(async () => {
    await api.delete('/session')
    client.clear()
    forgetRecent()
    window.location.assign('/')
  }, [client])
  const value = useMemo(() => ({ user, company, sees, signOut }), [user, company, sees, signOut])
  return <SessionContext value={value}>{children}</SessionContext>
}

export function useSession(): SignedIn {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession is used outside of the signed-in part')
  return session
}

export type Permission = 'read' | 'contacts' | 'marketing' | 'administer'
const allowed: Record<Permission, readonly Role[]> = {
  read: ['administrator', 'marketer', 'manager', 'observer'],
  contacts: ['administrator', 'marketer', 'manager'],
  marketing: ['administrator', 'marketer'],
  administer: ['administrator'],
}

/** Whether to offer a button; the server decides in any case. */
export function useMay(permission: Permission): boolean {
  return allowed[permission].includes(useSession().user.role)
}

/** The right to a field of the card: email, phone, …, fields.<key>. */
export function useFieldAccess(): (field: string) => FieldAccess {
  const { sees } = useSession()
  return field => sees.fields[field] ?? 'edit'
}
