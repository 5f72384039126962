"""
People with a personal link, made without the operation that makes them.
"""

from support.links import new_link


def add_person(world, resource, row_id, **columns):
    """A person who is this row of a resource. The token of their link."""
    token, token_hash = new_link()
    row = {"id": row_id, "resource": resource, "token_hash": token_hash, "lang": "fi", **columns}
    world.database.run(f"INSERT INTO person ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())
    return token


def person(world, row_id, column):
    return world.database.value(f"SELECT {column} FROM person WHERE id = %s::uuid", row_id)
