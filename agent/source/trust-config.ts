/** Whose signatures count: `verify:` in agent.yml. Paths are absolute. At least one kind of key is named. */
export interface TrustConfig {
  /** Signers with SSH keys, in the format of ssh-keygen(1), ALLOWED SIGNERS. */
  readonly allowedSigners: string | null
  /** SSH keys that count no more: public keys, one a line, or a key revocation list of ssh-keygen(1). */
  readonly revokedKeys: string | null
  /** Public GPG keys, as `gpg --export` writes them. Root's own keyring never counts. */
  readonly gpgKeys: string | null
}

/** The keys of `verify:` in agent.yml. */
export const trustKeys: Readonly<Record<keyof TrustConfig, string>> = {
  allowedSigners: 'allowed_signers',
  revokedKeys: 'revoked_keys',
  gpgKeys: 'gpg_keys',
}
