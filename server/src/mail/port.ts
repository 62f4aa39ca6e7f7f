// How mail leaves this server: one message at a time, to whatever takes it.

export interface Mail {
  to: string
  subject: string
  /** Plain text; lines end with \n. */
  text: string
}

export interface MailPort {
  /** Resolves when the message was taken over. */
  send(mail: Mail): Promise<void>
  close(): void
}
