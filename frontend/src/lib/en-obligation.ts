import { plural } from './plural'

export const texts = {
  /** Until when a second factor has to be set up. */
  by: (day: string, days: number) => `by ${day} (${plural(days, '1 day', `${days} days`)} left)`,
  byToday: (time: string) => `by ${time} today`,
  /** Whom a policy asks. */
  audiences: {
    everybody: 'everybody',
    groups: (names: string[]) => `${plural(names.length, 'group', 'groups')} ${names.join(', ')}`,
    staff: 'helpers and administrators',
  },
  from: (day: string) => `from ${day}`,
  since: {
    start: (day: string) => `since ${day}`,
    created: () => 'since the account was created',
    joined: () => 'since joining',
    role: () => 'since the role was given',
    changed: () => 'since this rule was made or changed',
  },

  /** For administrators: what is asked of somebody. */
  person: {
    meets: (why: string) => `Has the second factor that is asked for: ${why}.`,
    owes: (by: string, why: string) => `Has to set up a second factor ${by}: ${why}.`,
    late: (day: string, why: string) =>
      `Had to set up a second factor by ${day}: ${why}. The next sign-in leads to the set-up.`,
    excepted: (day: string, why: string) =>
      `Need not have a second factor until ${day}. Otherwise it is asked for: ${why}.`,
  },

  /** For the person. */
  own: {
    title: 'Set up two-factor authentication',
    setUpBy: (by: string) => `Set up two-factor authentication ${by}.`,
    why: (why: string) => `Your organisation requires two-factor authentication. For: ${why}.`,
    setUp: 'Set Up Authenticator',
    required: (day: string, why: string) =>
      `Two-factor authentication is required since ${day}: ${why}. Set it up to go on.`,
    excepted: (day: string, why: string) =>
      `There is an exception for you until ${day}. Otherwise your organisation asks for two-factor authentication: ${why}.`,
    later: (days: number) => plural(days, 'Later, 1 day left', `Later, ${days} days left`),
    laterToday: 'Later, today is the last day',
    now: 'Set up now',
    minutes: 'It takes about two minutes, with your phone and an authenticator app.',
  },
}

export type Texts = typeof texts
