"""
What common/words says of searches and texts, and the index without a worker.

    query("hoidon jono")                   → the JSON that a statement gets as :text_words
    index(database)                        indexes all cases
"""

import json
import subprocess

from support.programs import build_directory
from support.statements import plain_statements


def query(text):
    return json.loads(queries([text])[0])


def queries(texts):
    return _driver(["query"], texts)


def forms(texts, lang="fi"):
    """For each text (known, plain, spots)."""
    return [tuple(line.split("\t")) for line in _driver(["index", lang], texts)]


def index(database):
    """As the worker does it."""
    texts = database.rows("SELECT t.* FROM texts_to_index(ARRAY(SELECT id FROM feedback)) t")
    rows = []
    for lang in {lang for _, lang, _ in texts}:
        group = [(case, said) for case, its, said in texts if its == lang]
        rows += [(case, *found, len(said)) for (case, said), found in zip(group, forms([said for _, said in group], lang))]
    statement = next(one for one in plain_statements("sql/jobs") if one.name == "index_words")
    connection = database.connect("worker")
    try:
        with connection.cursor() as cursor:
            kinds = ", ".join(statement.types.values())
            cursor.execute(f"PREPARE index_words ({kinds}) AS {statement.sql}")
            cursor.execute("EXECUTE index_words (%s::uuid[], %s, %s, %s, %s)", [list(column) for column in zip(*rows)] or [[]] * 5)
    finally:
        connection.close()


def _driver(arguments, lines):
    done = subprocess.run([build_directory() / "test" / "words_driver", *arguments], input="".join(line.replace("\n", " ") + "\n" for line in lines),
                          capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]
