"""An API of a few operations that fail, wait and cost, as addresses: `settings.ROOT_URLCONF = "tests.web.api.toys"`."""

import threading
from typing import Annotated

from django.http import HttpRequest
from django.urls import path
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from segue.errors import BadSnapshot
from segue.web import urls
from segue.web.api.api import make
from segue.web.api.auth import Needs
from segue.web.api.errors import Problem
from segue.web.api.idempotency import once
from segue.web.api.limits import costly
from segue.web.api.paging import Cursor, Limit, Page, page_of
from segue.web.listening.models import Search

Int = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


class Searched(Schema):
    """A search."""

    words: str
    time_ms: Int


router = Router()
working, go_on = threading.Event(), threading.Event()
done: list[str] = []


class Toy(Schema):
    """What is sent."""

    name: str
    number: Int = 0
    more: dict[str, list[str]] = {}


@router.post("/make", auth=Needs("write"), response={201: Toy}, operation_id="make_toy")
@once
def make_toy(request: HttpRequest, body: Toy) -> Status:
    """Makes a toy, and counts how often."""
    done.append(body.name)
    match body.name:
        case "wait":
            working.set()
            assert go_on.wait(10)
        case "taken":
            raise Problem(409, "taken", "There is one of that name.")
        case "busy":
            raise BadSnapshot("none yet")
        case "broken":
            raise RuntimeError("the spring of Anna's toy is broken")
    return Status(201, {"name": body.name, "number": len(done)})


@router.post("/sell", auth=Needs("write"), response=Toy, operation_id="sell_toy")
@once
def sell_toy(request: HttpRequest, body: Toy) -> Toy:
    """Sells a toy."""
    done.append(body.name)
    return body


@router.post("/send", auth=Needs("import"), response={201: Toy}, operation_id="send_toy")
@costly
@once
def send_toy(request: HttpRequest, file: File[UploadedFile], name: str = "") -> Status:
    """Takes a toy as a file."""
    done.append(file.name or "")
    return Status(201, {"name": (file.read(20) or b"").decode(), "number": len(done)})


@router.get("/costly", auth=Needs("read"), response=Toy, operation_id="costly_toy")
@costly
def costly_toy(request: HttpRequest) -> Toy:
    """Costs much."""
    return Toy(name="golden")


@router.get("/find", auth=Needs("read"), response=Toy, operation_id="find_toy")
def find_toy(
    request: HttpRequest,
    words: Annotated[str, Query(max_length=100)],
    number: Annotated[int, Query(ge=-(2**63), le=2**63 - 1)] = 0,
) -> Toy:
    """Finds a toy, and remembers what was searched."""
    Search.objects.create(listener=request.auth.listener, words=words, time_ms=number)
    return Toy(name=words, number=number)


@router.get("/all", auth=Needs("read"), response=Page[Searched], operation_id="all_searches")
def all_searches(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50, order: str = "-time_ms") -> dict:
    """What was searched."""
    return page_of(Search.objects.filter(listener=request.auth.listener), cursor, limit, order)


@router.get("/one/{key}", auth=Needs("read"), response=Toy, operation_id="one_toy")
def one_toy(request: HttpRequest, key: str) -> Toy:
    """A toy."""
    return Toy(name=key)


api = make()
api.add_router("/toys", router, tags=["toys"])
urlpatterns = [path("api/v1/", api.urls), *(one for one in urls.urlpatterns if str(one.pattern) != "api/v1/")]
