// Fetches a JWK Set from an address, or from wherever OpenID discovery says an issuer keeps it.
import { isSafeUrl } from '../../tokenSettings.ts'

const timeoutMs = 5000
const largestDocument = 512 * 1024

/** Errors: anything but a small JSON document, without redirection. */
export async function fetchJson(url: string): Promise<unknown> {
  if (!isSafeUrl(url)) throw new Error('keys are fetched by https alone')
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel()
    throw new Error(`the address of the keys answers ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > largestDocument) throw new Error('the answer with the keys is too large')
    chunks.push(chunk)
  }
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
}

/** The JWK Set of an OpenID provider. Its document must name exactly this issuer, or it speaks for somebody else. */
export async function discoverKeys(issuer: string): Promise<unknown> {
  const document = await fetchJson(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`)
  const { issuer: named, jwks_uri: address } = document as { issuer?: unknown; jwks_uri?: unknown }
  if (named !== issuer) throw new Error('the discovery document names another issuer')
  if (typeof address !== 'string') throw new Error('the discovery document names no JWK Set')
  return fetchJson(address)
}
