import { lazy, Suspense } from 'react'
import { Center, Loader } from '@mantine/core'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { Shell } from './shell.tsx'
import { SignedInProvider, useSessionQuery } from './session.tsx'

const SignInPage = lazy(() => import('../staff/sign-in-page.tsx'))
const SetupPage = lazy(() => import('../staff/setup-page.tsx'))

const waiting = <Center h="100vh"><Loader type="dots" /></Center>

/** Decides what is behind the door: the first-run page, the sign-in, or the program. */
export function Gate() {
  const session = useSessionQuery()
  if (session.isPending) return waiting
  if (session.isError) return <Center h="100vh" p="md"><ErrorNotice error={session.error} retry={() => void session.refetch()} /></Center>
  const { setup_required, user, company, sees } = session.data
  if (setup_required) return <Suspense fallback={waiting}><SetupPage /></Suspense>
  if (user === null || company === null) return <Suspense fallback={waiting}><SignInPage /></Suspense>
  return <SignedInProvider user={user} company={company} sees={sees}><Shell /></SignedInProvider>
}
