"""
Bodies and parameters made from the contract: a value for every member of a schema.
"""

import uuid

from support.contract import resolve


def body_schema(operation):
    """(media type, schema) of the request body; (None, None) when the operation takes none."""
    content = resolve(operation.get("requestBody", {})).get("content", {})
    for media_type, entry in content.items():
        return media_type, resolve(entry["schema"])
    return None, None


def sample(schema, text, *, only_required=False):
    """A value for the schema; free texts are `text`, cut to what the schema allows."""
    schema = resolve(schema)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = [name for name in kind if name != "null"][0] if isinstance(kind, list) else kind
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        return _object(schema, text, only_required)
    if kind == "array":
        return [sample(schema["items"], text, only_required=only_required)] if "items" in schema else []
    if kind == "string":
        return _string(schema, text)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return True


def _object(schema, text, only_required):
    wanted = schema.get("required", []) if only_required else schema.get("properties", {})
    made = {name: sample(schema["properties"][name], text, only_required=only_required) for name in wanted}
    if isinstance(schema.get("additionalProperties"), dict):
        names = resolve(schema.get("propertyNames", {})).get("enum", ["fi"])
        made[names[0]] = sample(schema["additionalProperties"], text, only_required=only_required)
    return made


def _string(schema, text):
    formats = {
        "uuid": str(uuid.uuid4()),
        "date": "2030-01-02",
        "date-time": "2030-01-02T03:04:05Z",
        "x-month": "2030-01",
        "email": f"{text}@example.org",
        "uri": f"https://example.org/{text}",
    }
    if schema.get("format") in formats:
        return formats[schema["format"]]
    return text[:schema.get("maxLength", len(text))]
