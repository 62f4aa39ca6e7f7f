// What our hooks know about a request beyond Fastify's own: who sent it and what its route allows.
import type { ApiError } from '../trpc/errors.ts'
import type { Identity } from './auth/verifier.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** null: nobody is signed in. */
    identity: Identity | null
    /** Why the token was not accepted; answered once the attempt has been counted. */
    tokenRefusal: ApiError | null
    /** Codes that this request was answered with, one for each refused call; logged. */
    refusals: string[] | undefined
  }

  interface FastifyContextConfig {
    /** Tokens are not looked at: health, metrics, documents. */
    anonymous?: boolean
    /** Not counted by the rate limit. */
    unlimited?: boolean
    /** Guesses at passwords come this way: limited more strictly, per address and per account named in the body. */
    signIn?: boolean
    /** This path does not take this method, so nothing else about the request matters. */
    wrongMethod?: boolean
    /** Answered while the server drains, too. */
    whileDraining?: boolean
  }
}
