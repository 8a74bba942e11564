import type { Component } from 'svelte'

/** The pages that the router has loaded, by their paths: two navigations can be in flight. */
export const opened = new Map<string, Component>()
