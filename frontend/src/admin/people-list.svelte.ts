import { ApiError, type Filter, getPeople, type PeopleQuery, type PersonItem } from '../lib/api-admin'
import { sentence } from '../lib/problems'
import { appendNew } from './append-new'

/** How many people one click shows. */
const PAGE = 50
/** How long the server is not asked while somebody types, in milliseconds. */
const PAUSE = 200

/** The list of people, and what is searched for. It is kept while the app runs. */
class PeopleList {
  search = $state('')
  filter = $state<Filter>('')
  /** The id of a group; 0 = everybody. */
  group = $state(0)

  people = $state.raw<PersonItem[]>([])
  /** True until the server has answered for the first time. */
  loading = $state(true)
  /** True while further people are loaded. */
  busy = $state(false)
  problem = $state('')
  #after = $state<string | null>(null)
  #account = 0
  /** Counts the queries: the answer to a former one is not shown. */
  #turn = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  get query(): PeopleQuery {
    return { search: this.search.trim(), filter: this.filter, group: this.group }
  }

  get narrowed(): boolean {
    return this.search.trim() !== '' || this.filter !== '' || this.group !== 0
  }

  get hasMore(): boolean {
    return this.#after !== null
  }

  /** Begins with what was searched for before, unless somebody else is signed in now. */
  open(account: number) {
    if (this.#account !== account) {
      Object.assign(this, { search: '', filter: '', group: 0, people: [], loading: true })
      this.#account = account
    }
    void this.load()
  }

  /** Reads the list anew, once the person has stopped typing. */
  soon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.load(), PAUSE)
  }

  /** Reads the list anew. */
  load(): Promise<void> {
    clearTimeout(this.#timer)
    return this.#read([], null)
  }

  more(): Promise<void> {
    return this.#read(this.people, this.#after)
  }

  /** Reads until there are enough people: a page may be short although there are more. */
  async #read(shown: PersonItem[], after: string | null) {
    const turn = ++this.#turn
    const { query } = this
    this.busy = true
    try {
      const people = [...shown]
      do {
        const page = await getPeople(query, after)
        if (turn !== this.#turn) return
        appendNew(people, page.people)
        after = page.after
      } while (after !== null && people.length < shown.length + PAGE)
      this.people = people
      this.#after = after
      this.problem = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (turn === this.#turn) this.problem = sentence(error.problem)
    } finally {
      if (turn === this.#turn) {
        this.busy = false
        this.loading = false
      }
    }
  }
}

export const list = new PeopleList()
