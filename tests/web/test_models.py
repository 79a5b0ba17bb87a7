"""The ground the service stands on."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from segue.web.accounts.models import Token, User


def test_an_address_has_one_account_in_whatever_case_it_is_written(user):
    with pytest.raises(IntegrityError):
        User.objects.create_user("ANNA@example.org")


def test_of_a_token_only_a_hash_is_kept(user):
    token, key = Token.issue(user, "phone", ["read"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_token WHERE id = %s", [token.pk])
        assert key not in str(cursor.fetchall())


def test_migrations_are_what_the_models_say(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
