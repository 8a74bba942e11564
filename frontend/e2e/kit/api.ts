// Talks to the JSON API as the pages do, for what a test needs but is not
// about.
export class Caller {
  private readonly url: string
  private readonly cookies = new Map<string, string>()
  private csrf = ''

  constructor(url: string) {
    this.url = url
  }

  async signIn(username: string, password: string) {
    const { next } = await this.send('POST', '/api/sign-in', { username, password })
    await this.learnToken()
    return next as string
  }

  async send(method: string, path: string, body?: object) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Origin: this.url,
        'X-Requested-With': 'imagemaster',
        Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(this.csrf ? { 'X-CSRF-Token': this.csrf } : {}),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    this.keepCookies(response)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }

  private keepCookies(response: Response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const value = pair.slice(at + 1)
      if (value === '') this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), value)
    }
  }

  private async learnToken() {
    const session = await this.send('GET', '/api/session')
    this.csrf = session.csrf
  }
}
