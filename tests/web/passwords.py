"""Passwords of tests: hashed by Argon2 as ever, but with as little work as it lets one ask for."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 8
    parallelism = 1
