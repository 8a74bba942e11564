export { texts as shared } from '../lib/de'
export { texts as signIn } from '../sign-in/de'
export { texts as app } from './de'
