import { describe, expect, it } from 'vitest'
import { appendNew } from './append-new'

describe('appendNew', () => {
  it('shows nobody twice who stands on two pages', () => {
    const shown = [{ id: 1 }, { id: 2 }]
    appendNew(shown, [{ id: 2 }, { id: 3 }, { id: 1 }, { id: 4 }])
    expect(shown).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }])
  })

  it('adds a whole page to an empty list', () => {
    const shown: { id: number }[] = []
    appendNew(shown, [{ id: 7 }, { id: 5 }])
    expect(shown).toEqual([{ id: 7 }, { id: 5 }])
  })
})
