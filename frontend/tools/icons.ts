// A Vite plugin that turns each icon of Lucide into plain SVG when it is built.
// Lucide puts an icon together in the browser, which costs the first page 2 KB.
// What remains is what the pages use: a size; no icon has a name of its own.
import type { Plugin } from 'vite'

type Shape = [tag: string, attributes: Record<string, string>]

export function plainIcons(): Plugin {
  return {
    name: 'plain-icons',
    apply: ({ mode }) => mode === 'production',
    enforce: 'pre',
    transform: {
      filter: { id: /@lucide\/svelte\/dist\/icons\/[^?]*\.svelte$/ },
      handler(source, id) {
        const found = /const iconData = (\{.*\});/.exec(source)?.[1]
        if (!found) throw new Error(`${id} is written in another way than before`)
        return component((JSON.parse(found) as { node: Shape[] }).node)
      },
    },
  }
}

const component = (shapes: Shape[]) => `
<script lang="ts">
  const { size }: { size: number } = $props()
</script>

<svg viewBox="0 0 24 24" width={size} height={size} fill="none" stroke="currentColor" stroke-width="2"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shapes.map(element).join('')}</svg>
`

const element = ([tag, attributes]: Shape) =>
  `<${tag}${Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')} />`
