const files = import.meta.glob<Record<string, unknown>>('../translations/ru/*.json', { eager: true, import: 'default' })
export default Object.fromEntries(Object.entries(files).map(([path, entries]) => [path.replace(/^.*\/|\.json$/g, ''), entries]))
