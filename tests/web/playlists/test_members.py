"""Playlists that several make: who is let in, what members may do, and what they may not."""

import pytest

from segue.errors import BadRequest, NotFound
from segue.web import clock
from segue.web.listening.models import Listener, listener_of
from segue.web.playlists import members, services
from segue.web.playlists.models import Entry, Invitation, Member, Playlist


@pytest.fixture
def mine(songs, listener) -> Playlist:
    return services.make(listener, "Mine", tracks=songs[:3])


@pytest.fixture
def joined(mine, stranger) -> Playlist:
    return members.join(listener_of(stranger), members.invite(mine).token)


def test_whoever_has_the_link_joins_once(mine, stranger, listener):
    other, token = listener_of(stranger), members.invite(mine).token
    for _ in range(2):
        assert members.join(other, token) == mine
    assert members.join(listener, token) == mine, "an owner is none of the members"
    assert [one.listener for one in members.members_of(mine)] == [other]


def test_a_link_ends(mine, stranger):
    other = listener_of(stranger)
    late, gone = members.invite(mine), members.invite(mine)
    Invitation.objects.filter(pk=late.pk).update(ends_ms=clock.now_ms() - 1)
    members.withdraw(mine, gone.pk)
    for token in (late.token, gone.token, "none", "a\0b"):
        with pytest.raises(NotFound):
            members.join(other, token)
    assert not Member.objects.exists()
    members.invite(mine)
    assert not Invitation.objects.filter(pk=late.pk).exists(), "what has ended is cleared away"


def test_who_is_removed_does_not_come_back_by_an_old_link(joined, stranger):
    other, token = listener_of(stranger), members.invite(joined).token
    members.remove(joined, members.members_of(joined).get().pk)
    assert not members.is_member(joined, other)
    with pytest.raises(NotFound):
        members.join(other, token)


def test_members_and_links_have_their_most(joined, monkeypatch):
    monkeypatch.setattr(members, "MOST_MEMBERS", 1)
    token = members.invite(joined).token
    with pytest.raises(BadRequest, match="1 people"):
        members.join(Listener.objects.create(), token)
    monkeypatch.setattr(members, "MOST_INVITATIONS", Invitation.objects.count())
    with pytest.raises(BadRequest):
        members.invite(joined)


def test_names_are_never_addresses(user):
    assert members.name_of(listener_of(user)) == "Anna"
    user.name = ""
    assert members.name_of(listener_of(user)) == members.name_of(None) == "Somebody"


def test_what_members_may_do_by_the_api(joined, songs, others_api, api, listener):
    path, before = f"/playlists/{joined.key}", Listener.objects.get(pk=listener.pk).version
    assert others_api.get(path).json() | {"mine": False, "editable": True, "tracks": 3} == others_api.get(path).json()
    assert others_api.get("/playlists").json()["items"] == []
    assert [one["id"] for one in others_api.get("/playlists?shared=true").json()["items"]] == [joined.key]
    assert others_api.post(f"{path}/entries", {"tracks": songs[5:6], "version": 0}).status_code == 200
    assert others_api.post(f"{path}/entries/move", {"start": 3, "to": 0}).status_code == 200
    assert others_api.post(f"{path}/entries/remove", {"positions": [1]}).status_code == 200
    assert others_api("PATCH", path, {"title": "Ours"}).json()["title"] == "Ours"
    assert services.track_keys(joined) == [songs[5], songs[1], songs[2]]
    assert Listener.objects.get(pk=listener.pk).version > before, "what its owner is recommended depends on it"
    assert others_api("PATCH", path, {"public": True}).status_code == 404
    assert others_api("DELETE", path).status_code == 404
    assert not Playlist.objects.get(pk=joined.pk).public
    members.leave(joined, Listener.objects.get(user=others_api.user))
    assert (
        others_api.get(path).status_code == others_api.post(f"{path}/entries", {"tracks": songs[:1]}).status_code == 404
    )


def test_members_are_not_counted_as_tracks(joined, api):
    Member.objects.create(playlist=joined, listener=Listener.objects.create(), since_ms=1)
    assert api.get(f"/playlists/{joined.key}").json()["tracks"] == 3 == Entry.objects.count()
