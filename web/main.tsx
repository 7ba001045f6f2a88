import '@fontsource-variable/golos-text/index.css'
import '@mantine/core/styles.css'
import '@mantine/dates/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './app/global.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { startTranslations } from './app/i18n.ts'

// A new release has replaced the files this page was loaded with: the page is loaded anew, at most once a minute.
window.addEventListener('vite:preloadError', (event) => {
  const key = 'otklik-reloaded-at'
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < 60_000) return
  sessionStorage.setItem(key, String(Date.now()))
  event.preventDefault()
  window.location.reload()
})

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
await startTranslations()
createRoot(root).render(<StrictMode><App /></StrictMode>)
