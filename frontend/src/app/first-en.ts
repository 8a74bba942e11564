export { texts as shared } from '../lib/en'
export { texts as signIn } from '../sign-in/en'
export { texts as app } from './en'
