"""What is ours in how allauth works."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by e-mail."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts by other services."""
