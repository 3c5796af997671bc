"""Programs that users let in: OAuth 2.0 with PKCE (RFC 6749, 7009 and 7636)."""
