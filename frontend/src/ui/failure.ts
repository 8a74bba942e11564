export { default as Broken } from './Broken.svelte'
export { default as FaultNote } from './FaultNote.svelte'
