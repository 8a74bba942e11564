export const texts = {
  unreachable: {
    title: 'The server cannot be reached',
    text: 'Check your connection. This page goes on by itself as soon as the server answers.',
    retry: 'Try again',
  },
  insecure: {
    title: 'This connection is not secure',
    text: 'Signing in works only over a secure connection, because anyone in between could read your password. Open the address with https:// in front of it.',
    open: (address: string) => `Open ${address}`,
    operator: 'If that does not work, ask the people who run this server for the right address.',
  },
  notFound: {
    title: 'Page not found',
    text: 'There is no page at this address. Check the address, or start from Home.',
    home: 'Go to Home',
  },
}

export type Texts = typeof texts
