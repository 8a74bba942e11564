import { i18n } from '../lib/i18n.svelte'
import { laterTexts } from '../lib/texts'

await i18n.enter([laterTexts])

export { default as Insecure } from './Insecure.svelte'
