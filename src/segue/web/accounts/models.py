"""Who signs in. What music is recommended to is a Listener (`listening.models`); a user has one."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

SCOPES = ("read", "listen", "write", "import", "account", "staff")
"""What a token may do: read; send listens; change feedback, playlists, stations and taste; import; see and erase the account;
what only staff may."""
TOKEN_PREFIX = "segue_"  # noqa: S105


class UserManager(BaseUserManager["User"]):
    """Makes users of e-mail addresses."""

    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        """A user with that address; without a password, one who cannot sign in by it."""
        user = self.model(email=self.normalize_email(email), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **more: Any) -> User:
        """A user who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **more)

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of that address, in any case of letters."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """An account: an e-mail address, and a password or another service to sign in with."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=10, blank=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        """One account for an address, in whatever case it is written."""

        constraints = (models.UniqueConstraint(Lower("email"), name="one_account_for_an_address"),)

    def __str__(self) -> str:
        return self.name or self.email


class Token(models.Model):
    """A key for programs: sent as `Authorization: Bearer segue_…`. Only its hash is kept; the key is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created = models.DateTimeField(default=timezone.now)
    last_used = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)

    @staticmethod
    def digest_of(key: str) -> str:
        """What is kept of a key: keys are 256 random bits, so that a plain hash is enough."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, name: str, scopes: list[str], expires: Any = None) -> tuple[Token, str]:
        """A new token, and its key."""
        key = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(user=user, name=name, scopes=scopes, expires=expires, digest=cls.digest_of(key)), key
