// Tokens that must not pass, each bad in one way and otherwise as good as the control beside it.
import { createPublicKey } from 'node:crypto'
import { encode, forge, hmac, makeKey, type Provider, type SigningKey, signatureOf, signToken } from './provider.ts'

export interface Scene {
  provider: Provider
  other: Provider
  /** Published by `provider`, one for each accepted algorithm, and its aliases. */
  ed: SigningKey
  ec: SigningKey
  rsa: SigningKey
  /** Published by `other`. */
  otherEd: SigningKey
  /** Published, but for encryption; too short; with another algorithm of the same type. */
  encryption: SigningKey
  weak: SigningKey
  rs512: SigningKey
  /** Published as a symmetric key. */
  shared: { kid: string; secret: Buffer }
  /** Published by nobody. */
  stranger: SigningKey
}

export const audience = 'fleetflow'
const now = () => Math.floor(Date.now() / 1000)

export function goodClaims({ provider }: Pick<Scene, 'provider'>): Record<string, unknown> {
  return { iss: provider.issuer, aud: audience, sub: 'somebody', iat: now() - 1, exp: now() + 300 }
}

type Make = (scene: Scene) => string | Promise<string>

const withClaims =
  (change: Record<string, unknown>): Make =>
  (scene) =>
    signToken(scene.ed, { ...goodClaims(scene), ...change })
const withHeader =
  (change: object): Make =>
  (scene) =>
    signToken(scene.ed, goodClaims(scene), change)
const later = (seconds: number) => now() + seconds
const claimsAs = (raw: (good: Record<string, unknown>) => Buffer | string): Make => {
  return (scene) => {
    const body = Buffer.from(raw(goodClaims(scene))).toString('base64url')
    return forge({ alg: 'EdDSA', kid: scene.ed.kid }, body, (signed) => signatureOf(scene.ed, signed))
  }
}
const reshaped = (reshape: (head: string, body: string, signature: string, token: string) => string): Make => {
  return (scene) => {
    const token = signToken(scene.ed, goodClaims(scene))
    const [head = '', body = '', signature = ''] = token.split('.')
    return reshape(head, body, signature, token)
  }
}
const keyed = (sign: (scene: Scene) => SigningKey, header: (scene: Scene) => object = () => ({})): Make => {
  return (scene) => signToken(sign(scene), goodClaims(scene), header(scene))
}
const hashed = (secretOf: (scene: Scene) => string | Buffer, kidOf = (scene: Scene) => scene.ed.kid): Make => {
  return (scene) => forge({ alg: 'HS256', kid: kidOf(scene) }, goodClaims(scene), hmac(secretOf(scene)))
}
const pemOf = (key: SigningKey) => createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' })

const shapes: Record<string, Make> = {
  'is a word': () => 'abc',
  'is three dots': () => '...',
  'has two parts': reshaped((head, body) => `${head}.${body}`),
  'has four parts': reshaped((_h, _b, _s, token) => `${token}.${token.slice(0, 8)}`),
  'has the five parts of an encrypted one': reshaped((head, body, signature) => `${head}..${body}.${signature}.${signature}`),
  'has a dot at its end': reshaped((_h, _b, _s, token) => `${token}.`),
  'has a dot at its beginning': reshaped((_h, _b, _s, token) => `.${token}`),
  'is padded': reshaped((_h, _b, _s, token) => `${token}==`),
  'is in the other base64': reshaped((head, body, signature) => `${head}.${body}.+/${signature.slice(2)}`),
  'has a header that is no JSON': reshaped((_h, body, signature) => `${Buffer.from('{').toString('base64url')}.${body}.${signature}`),
  'has a list for a header': reshaped((_h, body, signature) => `${encode([{ alg: 'EdDSA' }])}.${body}.${signature}`),
  'has null for a header': reshaped((_h, body, signature) => `${encode(null)}.${body}.${signature}`),
  'has a list for claims': claimsAs((good) => JSON.stringify([good])),
  'has text for claims': claimsAs((good) => JSON.stringify(JSON.stringify(good))),
  'has claims that are no JSON': claimsAs((good) => `${JSON.stringify(good)}}`),
  'has claims with a byte order mark': claimsAs((good) => `\uFEFF${JSON.stringify(good)}`),
  'has claims that are not UTF-8': claimsAs((good) =>
    Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${JSON.stringify(good).slice(1)}`)]),
  ),
  'is not signed': reshaped((head, body) => `${head}.${body}.`),
  'has half a signature': reshaped((head, body, signature) => `${head}.${body}.${signature.slice(0, 43)}`),
  'has a longer signature': reshaped((head, body, signature) => `${head}.${body}.${signature}AAAA`),
  'spells its last bits differently': reshaped(
    (_h, _b, signature, token) => `${token.slice(0, -1)}${signature.endsWith('A') ? 'B' : respell(signature)}`,
  ),
  'has a changed payload': (scene) =>
    reshaped((head, _b, signature) => `${head}.${encode({ ...goodClaims(scene), sub: 'admin' })}.${signature}`)(scene),
  'has a changed header': (scene) =>
    reshaped((_h, body, signature) => `${encode({ alg: 'EdDSA', kid: scene.ed.kid })}.${body}.${signature}`)(scene),
  'is larger than any token': withClaims({ padding: 'x'.repeat(9000) }),
}

/** The same bytes with the unused bits of the last character set. */
function respell(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(signature.slice(-1)) + 1] ?? 'B'
}

const algorithms: Record<string, Make> = {
  ...Object.fromEntries(
    ['none', 'None', 'NONE', 'nOnE', ''].map((alg) => [
      `says alg ${alg === '' ? 'nothing' : alg} and is not signed`,
      (scene: Scene) => `${encode({ alg, typ: 'JWT' })}.${encode(goodClaims(scene))}.`,
    ]),
  ),
  'says alg none over a good signature': withHeader({ alg: 'none' }),
  'says no alg': withHeader({ alg: undefined }),
  'says alg null': withHeader({ alg: null }),
  'says a list of algs': withHeader({ alg: ['EdDSA'] }),
  'says alg in small letters': withHeader({ alg: 'eddsa' }),
  'says an alg of prototypes': withHeader({ alg: 'constructor' }),
  'says ES256 over a signature by EdDSA': withHeader({ alg: 'ES256' }),
  'says RS256 over a signature by EdDSA': withHeader({ alg: 'RS256' }),
  'is an HMAC with the public key in PEM': hashed(
    ({ rsa }) => pemOf(rsa),
    ({ rsa }) => rsa.kid,
  ),
  'is an HMAC with the public key of Ed25519': hashed(({ ed }) => Buffer.from(String(ed.publicJwk.x), 'base64url')),
  'is an HMAC with the text of the public key': hashed(({ ed }) => String(ed.publicJwk.x)),
  'is an HMAC with no secret': hashed(() => ''),
  'is an HMAC with a published symmetric key': hashed(
    ({ shared }) => shared.secret,
    ({ shared }) => shared.kid,
  ),
  'has a signature of zeros (ES256)': (scene) => forge({ alg: 'ES256', kid: scene.ec.kid }, goodClaims(scene), () => Buffer.alloc(64)),
  'is signed by an algorithm that this issuer does not use (PS256)': keyed(({ rsa }) => ({ ...rsa, algorithm: 'PS256' })),
  'is signed by an algorithm that this issuer does not use (RS512)': keyed(({ rs512 }) => rs512),
  'is signed by RS256 with a key for RS512': keyed(({ rs512 }) => ({ ...rs512, algorithm: 'RS256' })),
}

const keys: Record<string, Make> = {
  'is signed by a stranger who names a known key': keyed(({ stranger, ed }) => ({ ...stranger, kid: ed.kid })),
  'is signed by a stranger who names himself': keyed(({ stranger }) => stranger),
  'is signed by a stranger who names no key': keyed(
    ({ stranger }) => stranger,
    () => ({ kid: undefined }),
  ),
  'is signed by another issuer’s key': keyed(({ otherEd }) => otherEd),
  'names another issuer and is signed by one’s own key': (scene) => signToken(scene.ed, { ...goodClaims(scene), iss: scene.other.issuer }),
  'is signed by a key for encryption': keyed(({ encryption }) => encryption),
  'is signed by a key of 1024 bits': keyed(({ weak }) => weak),
  'names the key of another algorithm': keyed(({ ed, ec }) => ({ ...ed, kid: ec.kid })),
  'has a kid that is a number': withHeader({ kid: 7 }),
  'has a kid that is a list': (scene) => signToken(scene.ed, goodClaims(scene), { kid: [scene.ed.kid] }),
  'has an empty kid': withHeader({ kid: '' }),
  'has a kid of null': withHeader({ kid: null }),
  'has a kid that is a path': keyed(
    ({ stranger }) => stranger,
    () => ({ kid: '../../../../dev/null' }),
  ),
  'has a kid that is an address': keyed(({ stranger, provider }) => ({ ...stranger, kid: `${provider.issuer}/evil` })),
  'has a kid that is SQL': withHeader({ kid: "' union select 'key' --" }),
  'has a kid of prototypes': withHeader({ kid: '__proto__' }),
  'has a kid of 300 characters': withHeader({ kid: 'k'.repeat(300) }),
  'brings its key along (jwk)': keyed(
    ({ stranger }) => stranger,
    ({ stranger }) => ({ jwk: stranger.publicJwk }),
  ),
  'brings a known key along (jwk)': keyed(
    ({ ed }) => ed,
    ({ ed }) => ({ jwk: ed.publicJwk }),
  ),
  'says where its key is (jku)': keyed(
    ({ stranger }) => stranger,
    ({ provider }) => ({ jku: `${provider.issuer}/evil` }),
  ),
  'says where its certificate is (x5u)': keyed(
    ({ stranger }) => stranger,
    ({ provider }) => ({ x5u: `${provider.issuer}/evil` }),
  ),
  'brings its certificate along (x5c)': keyed(
    ({ stranger }) => stranger,
    () => ({ x5c: ['MIIB'] }),
  ),
  'wants extensions understood (crit)': withHeader({ crit: ['exp'], exp: 1 }),
  'wants an empty list of extensions understood (crit)': withHeader({ crit: [] }),
  'wants its payload unencoded (b64)': withHeader({ b64: false, crit: ['b64'] }),
  'wants to be inflated (zip)': withHeader({ zip: 'DEF' }),
}

const claims: Record<string, Make> = {
  'names no issuer': withClaims({ iss: undefined }),
  'names an unknown issuer': withClaims({ iss: 'https://elsewhere.example' }),
  'names its issuer with a slash more': (scene) => signToken(scene.ed, { ...goodClaims(scene), iss: `${scene.provider.issuer}/` }),
  'names its issuer in a list': (scene) => signToken(scene.ed, { ...goodClaims(scene), iss: [scene.provider.issuer] }),
  'names no audience': withClaims({ aud: undefined }),
  'is for somebody else': withClaims({ aud: 'another' }),
  'is for a longer name': withClaims({ aud: `${audience}-admin` }),
  'is for a name in capitals': withClaims({ aud: audience.toUpperCase() }),
  'is for several others': withClaims({ aud: ['another', 'third'] }),
  'is for nobody': withClaims({ aud: [] }),
  'is for an object': withClaims({ aud: { [audience]: true } }),
  'is for us and a number': withClaims({ aud: [audience, 1] }),
  'never expires': withClaims({ exp: undefined }),
  'has expired': withClaims({ exp: later(-60) }),
  'expired in 1970': withClaims({ exp: 0 }),
  'expires at a text': withClaims({ exp: String(later(300)) }),
  'expires at a date': withClaims({ exp: '2999-01-01T00:00:00Z' }),
  'expires at null': withClaims({ exp: null }),
  'expires at true': withClaims({ exp: true }),
  'expires at infinity': claimsAs((good) => JSON.stringify(good).replace(/"exp":\d+/, '"exp":1e999')),
  'expires in milliseconds': withClaims({ exp: Date.now() + 300_000 }),
  'expires in ten years': withClaims({ exp: later(10 * 31_557_600) }),
  'is not valid yet': withClaims({ nbf: later(600) }),
  'is valid from a text': withClaims({ nbf: String(later(-10)) }),
  'is valid from null': withClaims({ nbf: null }),
  'was issued in the future': withClaims({ iat: later(600) }),
  'was issued at a text': withClaims({ iat: String(later(-10)) }),
  'names nobody': withClaims({ sub: undefined }),
  'names an empty subject': withClaims({ sub: '' }),
  'names a number': withClaims({ sub: 1 }),
  'names an object': withClaims({ sub: { userId: '00000000-0000-0000-0000-000000000000' } }),
  'names a subject with NUL': withClaims({ sub: 'a\0b' }),
  'names half a character': claimsAs((good) => JSON.stringify(good).replace('"somebody"', '"\\ud800"')),
  'names a subject of 300 characters': withClaims({ sub: 's'.repeat(300) }),
  'is a logout token by its header': withHeader({ typ: 'logout+jwt' }),
  'is a security event by its header': withHeader({ typ: 'secevent+jwt' }),
  'is a proof by its header': withHeader({ typ: 'dpop+jwt' }),
  'is of a type that is a number': withHeader({ typ: 1 }),
  'is an ID token (Keycloak)': withClaims({ typ: 'ID' }),
  'is a refresh token (Keycloak)': withClaims({ typ: 'Refresh' }),
  'is an ID token (Cognito)': withClaims({ token_use: 'id' }),
  'is an ID token (at_hash)': withClaims({ at_hash: 'x' }),
  'is a logout token (events)': withClaims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
}

const schemes: Record<string, Make> = {
  'has another scheme': (scene) => `Basic ${signToken(scene.ed, goodClaims(scene))}`,
  'has no scheme': (scene) => signToken(scene.ed, goodClaims(scene)),
  'has the scheme of a proof': (scene) => `DPoP ${signToken(scene.ed, goodClaims(scene))}`,
  'is followed by another': (scene) => `Bearer ${signToken(scene.ed, goodClaims(scene))}, Bearer x`,
  'is followed by a word': (scene) => `Bearer ${signToken(scene.ed, goodClaims(scene))} x`,
  'is absent behind the scheme': () => 'Bearer ',
  'is quoted': (scene) => `Bearer "${signToken(scene.ed, goodClaims(scene))}"`,
  'is an API key with a character too few': () => `Bearer ffk_${'A'.repeat(42)}`,
  'is an API key with a character too many': () => `Bearer ffk_${'A'.repeat(44)}`,
  'is an API key with a foreign character': () => `Bearer ffk_${'A'.repeat(20)}.${'A'.repeat(22)}`,
  'is an API key that respells its last bits': () => `Bearer ffk_${'A'.repeat(42)}B`,
  'is an API key in capitals': () => `Bearer FFK_${'A'.repeat(43)}`,
}

/** The value of the Authorization header for each, by what is wrong with it. */
export const badCredentials: Record<string, Make> = {
  ...Object.fromEntries(
    Object.entries({ ...shapes, ...algorithms, ...keys, ...claims }).map(([name, make]) => [
      name,
      async (scene: Scene) => `Bearer ${await make(scene)}`,
    ]),
  ),
  ...schemes,
}

/** As good as the bad ones could be: these must pass, or a refusal proves nothing. */
export const goodCredentials: Record<string, Make> = {
  'by Ed25519': (scene) => `Bearer ${signToken(scene.ed, goodClaims(scene))}`,
  'by ES256': (scene) => `Bearer ${signToken(scene.ec, goodClaims(scene))}`,
  'by RS256': (scene) => `Bearer ${signToken(scene.rsa, goodClaims(scene))}`,
  'in small letters and with more space': (scene) => `bearer  ${signToken(scene.ed, goodClaims(scene))}`,
  'that names no key and no type': (scene) => `Bearer ${signToken(scene.ed, goodClaims(scene), { kid: undefined, typ: undefined })}`,
  'of an access token’s type': (scene) => `Bearer ${signToken(scene.ed, { ...goodClaims(scene), typ: 'Bearer' }, { typ: 'at+JWT' })}`,
  'for us among others': (scene) => `Bearer ${signToken(scene.ed, { ...goodClaims(scene), aud: ['another', audience], nbf: later(-10) })}`,
  'that has expired within the tolerance': (scene) => `Bearer ${signToken(scene.ed, { ...goodClaims(scene), exp: later(-2) })}`,
  'without the time of its issue': (scene) => `Bearer ${signToken(scene.ed, { ...goodClaims(scene), iat: undefined })}`,
  'of the other issuer': (scene) =>
    `Bearer ${signToken(scene.otherEd, { ...goodClaims(scene), iss: scene.other.issuer, aud: 'other-audience' })}`,
}

/** Two providers with everything that the table above needs. */
export async function setScene(open: (keys: SigningKey[]) => Promise<Provider>, weakPair: Parameters<typeof makeKey>[1]): Promise<Scene> {
  const [ed, ec, rsa, otherEd, encryption, weak, rs512, stranger] = await Promise.all([
    makeKey('EdDSA'),
    makeKey('ES256'),
    makeKey('RS256'),
    makeKey('EdDSA'),
    makeKey('EdDSA'),
    makeKey('RS256', weakPair),
    makeKey('RS512'),
    makeKey('EdDSA'),
  ])
  const shared = { kid: 'shared', secret: Buffer.alloc(32, 7) }
  const provider = await open([ed, ec, rsa, weak, rs512])
  provider.published.push(
    { ...encryption.publicJwk, use: 'enc' },
    { kty: 'oct', k: shared.secret.toString('base64url'), kid: shared.kid, alg: 'HS256' },
  )
  return { provider, other: await open([otherEd]), ed, ec, rsa, otherEd, encryption, weak, rs512, shared, stranger }
}
