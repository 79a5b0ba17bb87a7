"""Accounts: who signs in, with which sessions and tokens."""
