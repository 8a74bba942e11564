export const texts = {
  unreachable: {
    title: 'The server cannot be reached',
    text: 'Check your connection. This page goes on by itself as soon as the server answers.',
    retry: 'Try again',
  },
}

export type Texts = typeof texts
