"""Turns the contract (openapi/) and the SQL (sql/) into C tables; see ../generate.py."""
