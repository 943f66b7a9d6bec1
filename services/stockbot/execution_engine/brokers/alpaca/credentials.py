"""The two halves of an API key, and how they are kept out of everything that a person reads."""

from dataclasses import dataclass

from pydantic import SecretStr

BLANK = "[secret]"


@dataclass(frozen=True)
class Credentials:
    key_id: SecretStr
    secret_key: SecretStr

    def scrub(self, words: str) -> str:
        """Blank both out of a text: a broker, or a proxy on the way, may repeat what it was sent."""
        for secret in (self.secret_key, self.key_id):
            words = words.replace(secret.get_secret_value(), BLANK)
        return words
