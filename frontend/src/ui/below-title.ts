import { type Component, createContext } from 'svelte'

const [get, set, has] = createContext<Component>()

/** Sets what a layout shows below the title of each of its pages. */
export { set as showBelowTitle }

export const belowTitle = () => (has() ? get() : undefined)
