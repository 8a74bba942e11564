/** The title of the window: the page's name, marked while the page shows an error. */
class Title {
  page = $state('')
  error = $state(false)

  show(page: string) {
    this.page = page
    this.error = false
  }
}

export const title = new Title()
