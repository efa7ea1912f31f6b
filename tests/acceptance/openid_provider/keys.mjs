// What ID tokens are signed with: one key at a time, kept in a file.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const BITS = 2048

export const newKey = (file) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: BITS })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' }
  writeFileSync(file, JSON.stringify(key))
  return key
}

export const keptKey = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : newKey(file))
