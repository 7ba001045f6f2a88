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

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
await startTranslations()
createRoot(root).render(<StrictMode><App /></StrictMode>)
