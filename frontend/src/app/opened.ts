import type { Component } from 'svelte'

/** The pages that the router has loaded, by their paths. Of two navigations at once each finds its own. */
export const opened = new Map<string, Component>()
