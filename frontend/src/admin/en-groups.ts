import { plural } from '../lib/plural'

export const texts = {
  title: 'Groups',
  lead: 'Applications see which groups a person is in.',
  create: 'New group',
  createTitle: 'New group',
  none: 'There are no groups yet.',
  heads: { name: 'Name', description: 'Description', members: 'Members' },
  members: (n: number) => plural(n, '1 member', `${n} members`),
  name: 'Name',
  nameHint: 'Small letters a to z, digits, dots, underscores and hyphens. Applications see it.',
  description: 'Description',
  created: (name: string) => `The group ${name} was created.`,

  back: 'All groups',
  noMembers: 'Nobody is in this group.',
  memberHeads: { name: 'Name', since: 'Member since', act: 'Remove' },
  more: 'Show more',
  add: 'Add people',
  addTitle: 'Add people',
  addText: 'Several user names are divided by spaces.',
  usernames: 'User names',
  unknown: (name: string) => `User names: there is no account ${name}. Nobody was added.`,
  added: (n: number) => plural(n, '1 person was added.', `${n} people were added.`),
  remove: 'Remove',
  removeTitle: 'Remove from the group?',
  removeText: (name: string) => `${name} is then no longer in this group. Applications see it at the next request.`,
  removed: 'Removed from the group.',
  change: 'Change',
  changeTitle: 'Change the group',
  changed: 'The group is changed.',
  delete: 'Delete group',
  deleteTitle: 'Delete this group?',
  deleteText: 'The accounts of its members stay. Applications no longer see the group.',
  deleted: (name: string) => `The group ${name} is deleted.`,

  reasons: {
    name: {
      empty: 'Name: enter one.',
      not_allowed: 'Name: use 1 to 64 small letters a to z, digits, dots, underscores and hyphens.',
      taken: 'Name: there is a group of that name.',
      too_many: 'There are 1,000 groups already. Delete one first.',
    },
    description: {
      too_long: 'Description: use at most 200 characters.',
      not_allowed: 'Description: it has a character that cannot be used.',
    },
    usernames: {
      empty: 'User names: enter at least one.',
      not_allowed: 'User names: enter at most 100 at once.',
    },
  },
}

export type Texts = typeof texts
