"""Persons and offices of the program, their sign-ins and API tokens."""
