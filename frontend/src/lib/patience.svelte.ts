// Sends a request again that the server had no time for. The server's own 503 has
// changed nothing; that of a proxy says nothing about it and is not repeated.

/** How long, before the person hears that it failed. */
const PATIENCE = 20_000

class Patience {
  /** How many requests wait for their next try. */
  waiting = $state(0)
}

export const patience = new Patience()

/** Sends a request until the server has time for it. The first answer is already there. */
export async function again(request: Request, first: Response, send: (request: Request) => Promise<Response>) {
  const end = Date.now() + PATIENCE
  for (let response = first; ; response = await send(request.clone())) {
    const seconds = Number(response.headers.get('Retry-After'))
    // The pages of many people come back at different moments.
    const pause = seconds * 1000 * (1 + Math.random() / 2)
    const own = response.headers.get('Content-Type') === 'application/problem+json'
    if (response.status !== 503 || !own || !(seconds > 0) || Date.now() + pause > end) return response
    patience.waiting++
    await new Promise((over) => setTimeout(over, pause))
    patience.waiting--
  }
}
