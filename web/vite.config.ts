import { defineConfig } from 'vite'
import react from '@vitejs/plugin-react'

/** Libraries most pages need change rarely: in chunks of their own they stay in the browser's cache from release to release. */
const groups = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/ },
  { name: 'mantine', test: /node_modules[\\/]@mantine[\\/](core|hooks|modals|notifications|spotlight|form)[\\/]|node_modules[\\/]@floating-ui[\\/]/ },
  { name: 'data', test: /node_modules[\\/](@tanstack|zod|i18next|react-i18next)[\\/]/ },
]

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Browsers that know light-dark() by themselves: lowered, it would follow the system and not the choice made here.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: { codeSplitting: { groups } },
      // @mantine/schedule asks rrule for a default export before it takes the named one.
      onLog: (level, log, tell) => log.code === 'IMPORT_IS_UNDEFINED' && log.message.includes('@mantine/schedule') ? undefined : tell(level, log),
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/t': 'http://127.0.0.1:3000', '/u': 'http://127.0.0.1:3000', '/f': 'http://127.0.0.1:3000' } },
})
