import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'

/** A message as a real SMTP server took it. */
export interface Received {
  from: string
  to: string[]
  /** Headers and body, as they came. */
  source: string
}

export interface TestMailServer {
  url: string
  received: Received[]
  /** Connections that are open now. */
  open: () => number
  close: () => Promise<void>
}

/** Takes mail for whom it knows; `nobody@…` it refuses, and of `broken@…` it says that it is out of order. */
export async function startMailServer(account: { user: string; pass: string }): Promise<TestMailServer> {
  const received: Received[] = []
  let open = 0
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onConnect: (_session, done) => {
      open++
      done()
    },
    onClose: () => void open--,
    onAuth: ({ username, password }, _session, done) => {
      if (username === account.user && password === account.pass) done(null, { user: username })
      else done(new Error('Wrong password for the account'))
    },
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('nobody@')) done(refusal(550, 'No such mailbox'))
      else if (address.startsWith('broken@')) done(refusal(451, 'Disk of mx7.internal is full'))
      else done()
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        received.push({ ...addressesOf(session), source: Buffer.concat(chunks).toString('utf8') })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://${account.user}:${account.pass}@127.0.0.1:${port}`,
    received,
    open: () => open,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

function addressesOf({ envelope }: SMTPServerSession): { from: string; to: string[] } {
  const { mailFrom, rcptTo } = envelope
  return { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
