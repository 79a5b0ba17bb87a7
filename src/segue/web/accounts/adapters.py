"""What is ours in how allauth works: who may sign up, and what letters say and link to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import filter_users_by_email, user_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.sites.models import Site
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy

from segue.web.accounts import sessions
from segue.web.accounts.addresses import client_ip
from segue.web.accounts.home import ADDRESS
from segue.web.accounts.models import User

log = structlog.get_logger()


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether people may sign up by themselves."""
        return bool(settings.SIGNUP)

    def clean_email(self, email: str) -> str:
        """The address, where an account may have it."""
        if email.lower() == ADDRESS:
            raise ValidationError(gettext_lazy("That address belongs to the home itself. Take another one."))
        return email

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits count by."""
        return client_ip(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether one may be sent on to that address: only to another page of ours."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None) and str(url).startswith("/")

    def set_password(self, user: User, password: str) -> None:
        """Set a password; whoever is signed in with the old one is signed out, on every device but this one."""
        super().set_password(user, password)
        sessions.end_all(user, but=self.request.session.session_key if self.request else None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter. Its links lead to SEGUE_URL, whatever host the request named."""
        links = {name: at_home(value) for name, value in context.items() if name.endswith("_url") and value}
        site = Site(domain=urlsplit(settings.URL).netloc, name="Segue")
        try:
            super().send_mail(template_prefix, email, {**context, **links, "current_site": site})
        except OSError as error:  # what smtplib raises is one, too
            log.error("letter_not_sent", letter=template_prefix, problem=str(error), kind=type(error).__name__)  # noqa: TRY400
            if self.request is not None:
                text = gettext("The letter could not be sent just now. Try again in a few minutes.")
                messages.error(self.request, text)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts by other services."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let a new account be made only of an address that the service says is confirmed, and that nobody here has."""
        signs_in = sociallogin.state.get("process", AuthProcess.LOGIN) == AuthProcess.LOGIN
        if not signs_in or sociallogin.is_existing or not self.is_open_for_signup(request, sociallogin):
            return
        service = sociallogin.provider.name
        # Some providers send the word "true"; the word "false" must not count as true.
        confirmed = [found for found in sociallogin.email_addresses if found.verified in {True, "true"}]
        confirmed.sort(key=lambda found: not found.primary)
        if not confirmed:
            text = gettext("{service} does not say that your e-mail address is confirmed. Sign up with your e-mail address and a"
                           " password; you can connect {service} afterwards.")  # fmt: skip
            raise _instead(request, "account_signup", text.format(service=service))
        address = confirmed[0].email.lower()
        if address == ADDRESS or filter_users_by_email(address):
            text = gettext("There is an account with your e-mail address already. Sign in to it, then connect {service} under"
                           " Connected services.")  # fmt: skip
            raise _instead(request, "account_login", text.format(service=service))
        for found in confirmed:
            found.verified = True
        sociallogin.email_addresses = confirmed
        user_email(sociallogin.user, address)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """The user as the service describes them: an address and a name."""
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        name = str(data.get("name") or " ".join(str(part) for part in parts if part))
        user.name = "".join(letter for letter in name if letter.isprintable()).strip()[:100]
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Say in the log why a sign-in by another service failed: the page tells only that it did."""
        log.warning("service_sign_in_failed", service=str(getattr(provider, "id", provider)), error=str(error),
                    problem=type(exception).__name__ if exception else None)  # fmt: skip


def at_home(link: str) -> str:
    """The same page under SEGUE_URL."""
    parts = urlsplit(str(link))
    return settings.URL + parts._replace(scheme="", netloc="").geturl()


def _instead(request: HttpRequest, page: str, text: str) -> ImmediateHttpResponse:
    messages.error(request, text)
    return ImmediateHttpResponse(redirect(page))
