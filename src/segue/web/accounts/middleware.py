"""How long a session lasts, the one listener of a home server, and the short way for programs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render, resolve_url
from django.urls import ResolverMatch, resolve
from django.utils.functional import SimpleLazyObject

from segue.web.accounts import home, sessions
from segue.web.security import ContentSecurityMiddleware

_Answer = Callable[[HttpRequest], HttpResponse]


class ProgramsMiddleware:
    """Answers programs, which send a token to the API, without what only browsers need: sessions, forms, messages, signing in."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response
        short: _Answer = _answer_of_view
        for part in (
            XFrameOptionsMiddleware,
            CommonMiddleware,
            LocaleMiddleware,
            ContentSecurityMiddleware,
            SecurityMiddleware,
        ):
            short = cast("_Answer", convert_exception_to_response(part(short)))
        self.short = short

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.short(request) if _is_of_program(request) else self.get_response(request)


_API = "/api/v1/"
_matches: dict[tuple[str, str], ResolverMatch] = {}


def _is_of_program(request: HttpRequest) -> bool:
    """Whether a request goes to the API with a token. Where one listener is signed in by being here, it is as any other."""
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return request.path_info.startswith(_API) and given[:7].lower() == "bearer " and not settings.SINGLE_USER


def _answer_of_view(request: HttpRequest) -> HttpResponse:
    at = settings.ROOT_URLCONF, request.path_info
    match = _matches.get(at)
    if match is None:
        match = resolve(request.path_info)
        # Only addresses that take nothing from the request: they are as many as there are operations.
        if not match.kwargs and match.route == request.path_info[1:]:
            _matches[at] = match
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


class SessionLimitsMiddleware:
    """Ends sessions that were idle too long, or that are too old, and sends parts of pages to the sign-in as a whole."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            if request.headers.get("Authorization", "").lower().startswith("bearer "):
                _without_session(request)
            else:
                sessions.check(request.session)
        response = self.get_response(request)
        return _whole(request) if _asks_to_sign_in(request, response) else response


class SingleUserMiddleware:
    """Signs in the one listener of a home server; answers nobody else."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not settings.SINGLE_USER:
            return self.get_response(request)
        if not home.is_asked_from_here(request):
            text = "This Segue serves the one listener of its own machine: open it there, or start it without --single-user.\n"
            return HttpResponse(text, status=403, content_type="text/plain")
        request.user = SimpleLazyObject(home.user)  # type: ignore[assignment]
        return self.get_response(request)


class OtherServicesMiddleware:
    """Goes on to another service, where a form was sent to sign in by it, with a page of its own.

    The Content-Security-Policy lets forms go to us only, and browsers hold a redirect to be a part of the form. A page that goes
    on by itself is none.
    """

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != 302:
            return response
        to = urlsplit(response["Location"])
        if to.scheme not in {"http", "https"} or to.netloc in {"", request.get_host()}:
            return response
        page = render(request, "accounts/leaving.html", {"to": to.geturl(), "host": to.hostname})
        page["Cache-Control"] = "no-store"
        return page


def _without_session(request: HttpRequest) -> None:
    """Take a request with a token for nothing but the token's: its cookie is neither read, limited nor believed."""
    del request.COOKIES[settings.SESSION_COOKIE_NAME]
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()


def _asks_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether htmx is being redirected to the sign-in: it would put that page into a part of this one."""
    if response.status_code != 302 or request.headers.get("HX-Request") != "true":
        return False
    return urlsplit(response["Location"]).path == resolve_url(settings.LOGIN_URL)


def _whole(request: HttpRequest) -> HttpResponse:
    """The answer that makes htmx go to the sign-in, and from there back to the page it is on."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))._replace(scheme="", netloc="", fragment="").geturl()
    to = resolve_url(settings.LOGIN_URL) + (f"?{urlencode({'next': page})}" if page else "")
    return HttpResponse(status=401, headers={"HX-Redirect": to})
