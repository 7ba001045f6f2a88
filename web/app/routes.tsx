import { createBrowserRouter } from 'react-router'
import type { RouteObject } from 'react-router'
import type { ComponentType } from 'react'
import { Gate } from './gate.tsx'
import { NotFoundPage, RouteErrorPage } from './error-page.tsx'

/** A page is loaded when it is first opened; its module exports it as `Page`. */
const page = (path: string, load: () => Promise<{ Page: ComponentType }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).Page }),
  errorElement: <RouteErrorPage />,
})

const pages: RouteObject[] = [
  // contacts, leads, tasks
  page('/contacts', () => import('../contacts/contacts-page.tsx')),
  page('/contacts/:id', () => import('../contacts/contact-page.tsx')),
  page('/leads', () => import('../leads/leads-page.tsx')),
  page('/tasks', () => import('../leads/tasks-page.tsx')),

  // segments

  // imports

  // journeys

  // campaigns

  // templates, test mailbox

  // forms

  // reports

  // settings

  { path: '*', Component: NotFoundPage },
]

export const router = createBrowserRouter([{ Component: Gate, errorElement: <RouteErrorPage />, hydrateFallbackElement: <></>, children: pages }])
