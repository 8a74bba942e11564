export const texts = {
  title: 'Disable two-factor authentication?',
  titlePaused: 'Disabled for how long?',
  lead: 'Anyone who learns your password can then sign in to your account.',
  pause: 'Disable two-factor verification temporarily',
  pauseText: 'Keeps your second factors and your backup codes. You can enable it again at any time.',
  length: 'For how long',
  lengths: { hour: '1 hour', day: '1 day', week: '1 week', open: 'Until I enable it again' },
  remove: 'Remove the security key completely',
  removeText:
    'Removes every second factor and all backup codes. To use two-factor authentication again, you set it up from the start.',
  pauseFor: {
    hour: 'Disable for 1 hour',
    day: 'Disable for 1 day',
    week: 'Disable for 1 week',
    open: 'Disable until I enable it again',
  },
  removeNow: 'Remove the security key',
  pausedUntil: (when: string) => `Two-factor authentication is disabled until ${when}.`,
  pausedOpen: 'Two-factor authentication is disabled until you enable it again.',
  removed: 'Every second factor is removed. Delete the entry from your authenticator app.',
  removedKeys: 'Every second factor is removed.',
}

export type Texts = typeof texts
