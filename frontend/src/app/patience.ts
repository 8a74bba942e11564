// Loaded when the server has no time for a request.
import { mount } from 'svelte'
import { i18n } from '../lib/i18n.svelte'
import { laterTexts } from '../lib/texts'
import Waiting from '../ui/Waiting.svelte'

export { again, patience } from '../lib/patience.svelte'

await i18n.enter([laterTexts])
const target = document.getElementById('waiting')
if (target) mount(Waiting, { target })
