// A mail server for the tests, with the SMTP implementation of
// https://nodemailer.com/extras/smtp-server/. It reads its options as one line
// of JSON from standard input, prints events as lines of JSON, and ends when
// standard input is closed.
import process from 'node:process'
import { createInterface } from 'node:readline'
import { SMTPServer } from 'smtp-server'

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const lines = createInterface({ input: process.stdin })
lines.once('line', (line) => start(JSON.parse(line)))
lines.once('close', () => process.exit(0))

function start({ key, cert, implicitTLS, noTLS, user, password, silent, refuse, port }) {
  const server = new SMTPServer({
    key,
    cert,
    secure: implicitTLS,
    disabledCommands: noTLS ? ['STARTTLS'] : [],
    allowInsecureAuth: noTLS,
    authOptional: !user,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    closeTimeout: 0,
    onConnect(session, done) {
      tell({ event: 'connect' })
      if (!silent) done()
    },
    onAuth(auth, session, done) {
      const right = auth.username === user && auth.password === password
      tell({ event: 'auth', user: auth.username, password: auth.password, secure: session.secure })
      if (right) return done(null, { user })
      done(new Error('Authentication failed'))
    },
    onRcptTo(address, session, done) {
      if (!refuse) return done()
      done(Object.assign(new Error(refuse.slice(4)), { responseCode: Number(refuse.slice(0, 3)) }))
    },
    onData(stream, session, done) {
      const parts = []
      stream.on('data', (part) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        tell({
          event: 'mail',
          from: mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          helo: session.hostNameAppearsAs,
          raw: Buffer.concat(parts).toString('base64'),
        })
        done()
      })
    },
  })
  server.on('error', (error) => tell({ event: 'error', text: error.message }))
  server.listen(port, '127.0.0.1', () => tell({ event: 'listening', port: server.server.address().port }))
}
