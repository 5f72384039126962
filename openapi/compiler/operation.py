"""Operations of the contract: everything that struct operation says about them."""

import re
from dataclasses import dataclass, field

from .marked_yaml import Map, Seq, where_of
from .parameter import ParameterCompiler
from .report import Where
from .schema import SchemaCompiler

METHODS = {"get": "HTTP_GET", "post": "HTTP_POST", "put": "HTTP_PUT", "patch": "HTTP_PATCH", "delete": "HTTP_DELETE"}
NOT_METHODS = {"parameters", "summary", "description", "servers"}
EXTENSIONS = {"x-id", "x-receipt", "x-link", "x-handler", "x-public", "x-giver-key", "x-location", "x-stream", "x-lines", "x-file", "x-page",
              "x-form"}
PAGE = re.compile(r"[a-z][a-z_]*\.(html|xml)\Z")
FILE = re.compile(r"[a-z][a-z-]*\Z")
OPERATION_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
SEGMENT = re.compile(r"(?:\{[a-z][a-z0-9_]*\}|[A-Za-z0-9._-]+)\Z")
# A form is read into an object of strings, and then checked like JSON.
JSON_TYPES = ("application/json", "application/merge-patch+json", "application/x-www-form-urlencoded")
PROBLEM = "#/components/responses/Problem"
PAGE_PROBLEM = "#/components/responses/PageProblem"
PATH_PARAMS_MAX = 8  # ROUTE_PARAMS_MAX in api/router.h
AUTHS = {"bearer": "AUTH_KEY", "receipt": "AUTH_RECEIPT", "link": "AUTH_LINK"}


@dataclass
class Operation:
    id: str
    where: Where
    method: str
    path: str
    auth: str = "AUTH_NONE"
    scope: str = None
    params: list = field(default_factory=list)
    headers: set = field(default_factory=set)
    body: object = None
    body_required: bool = False
    body_type: str = None
    shape: str = "REPLY_NONE"
    is_page: bool = False
    status: int = 0
    location: str = None
    id_kind: str = "ID_NONE"
    giver_key: bool = False
    makes_receipt: bool = False
    makes_link: bool = False
    has_form: bool = False
    personal: bool = True
    handler: bool = False
    page: str = None  # the template that shows what its statement finds
    media: str = None  # of that page
    embeddable: bool = False
    streams: bool = False
    file: str = None  # the name of the file that a list is given as
    lines: object = None  # the operation that each line of its body is a request of; its name, until it is found
    statement: object = None

    def has(self, need):
        """Whether it has what a built-in name of a statement stands for."""
        if need == "if_match":
            return "if-match" in self.headers or self.auth != "AUTH_KEY"
        return {
            "body": self.body is not None,
            "key": "idempotency-key" in self.headers,
            "bearer": self.auth == "AUTH_KEY",
            "receipt": self.auth == "AUTH_RECEIPT",
            "link": self.auth == "AUTH_LINK",
            "new link": self.makes_link,
            "limit": any(param.name == "limit" for param in self.params),
            "sealed": self.body is not None and self.body.is_sealed(),
        }[need]


class OperationCompiler:
    """Reads every operation of a document; `operations` is sorted by id afterwards."""

    def __init__(self, document, mistakes):
        self.document = document
        self.mistakes = mistakes
        self.schemas = SchemaCompiler(document, mistakes)
        self.parameters = ParameterCompiler(document, self.schemas, mistakes)
        self.scopes = self._scopes()
        self.operations = []

    def compile(self):
        shapes, ids = {}, {}
        for path, item in self.document.paths.items():
            where = where_of(self.document.paths, path)
            if not self._path_is_good(path, item, where):
                continue
            shape = re.sub(r"\{[^}]*\}", "{}", path)
            if shape in shapes:
                self.mistakes.add(where, f"path '{path}' is the same as '{shapes[shape]}'")
            shapes[shape] = path
            for key in item:
                if key in METHODS:
                    self._add(path, item, key, ids)
                elif key not in NOT_METHODS:
                    self.mistakes.add(where_of(item, key), f"'{key}' is no method that an operation can have")
        self.operations.sort(key=lambda operation: operation.id)
        self._find_lines()
        return self.operations

    def _scopes(self):
        schemes = self.document.components.get("securitySchemes")
        bearer = schemes.get("bearer") if isinstance(schemes, Map) else None
        scopes = bearer.get("x-scopes") if isinstance(bearer, Map) else None
        if not isinstance(scopes, (Map, Seq)):
            where = self.document.components.where
            self.mistakes.add(where, "components.securitySchemes.bearer.x-scopes must list the known scopes")
            return set()
        return set(scopes)

    def _path_is_good(self, path, item, where):
        segments = path.split("/")
        if segments[0] or not all(SEGMENT.match(part) for part in segments[1:] if path != "/"):
            self.mistakes.add(where, f"path '{path}' must be '/' and whole segments, each plain text or {{parameter}}")
            return False
        if path.count("{") > PATH_PARAMS_MAX:
            self.mistakes.add(where, f"path '{path}' has more than {PATH_PARAMS_MAX} parameters")
        if not isinstance(item, Map):
            self.mistakes.add(where, f"path '{path}' must be a mapping")
            return False
        return True

    def _add(self, path, item, key, ids):
        node, where = item[key], where_of(item, key)
        if not isinstance(node, Map):
            self.mistakes.add(where, f"operation {key} {path} must be a mapping")
            return
        name = node.get("operationId")
        if not isinstance(name, str) or not OPERATION_ID.match(name):
            self.mistakes.add(where, f"operation {key} {path} needs an operationId in lower_snake")
            return
        if name in ids:
            self.mistakes.add(where_of(node, "operationId"), f"operationId '{name}' stands also at {ids[name].file}:{ids[name].line}")
            return
        ids[name] = where_of(node, "operationId")
        operation = Operation(name, ids[name], METHODS[key], path)
        self._read(operation, item, node)
        self.operations.append(operation)

    def _read(self, operation, item, node):
        for key in node:
            if key.startswith("x-") and key not in EXTENSIONS:
                self.mistakes.add(where_of(node, key), f"extension '{key}' is not known")
        self._read_security(operation, node)
        operation.params, operation.headers = self.parameters.compile(operation, item, node)
        self._read_extensions(operation, node)
        self._read_body(operation, node)
        self._read_responses(operation, node)
        self._read_list(operation)
        self._check_headers(operation)

    def _read_security(self, operation, node):
        holder = node if "security" in node else self.document.tree
        security = holder.get("security")
        if not isinstance(security, Seq):
            self.mistakes.add(operation.where, f"operation {operation.id} needs 'security' ([] for none)")
            return
        where = where_of(holder, "security")
        if not security:
            return
        if len(security) != 1 or not isinstance(security[0], Map) or len(security[0]) != 1:
            self.mistakes.add(where, "security has one scheme, or is []")
            return
        (scheme, scopes), = security[0].items()
        if scheme not in AUTHS or not isinstance(scopes, Seq):
            self.mistakes.add(where, f"security scheme '{scheme}' is not known")
            return
        operation.auth = AUTHS[scheme]
        if len(scopes) > 1 or (scopes and scheme != "bearer"):
            self.mistakes.add(where, "security has at most one scope, and only with bearer")
        elif scopes:
            operation.scope = scopes[0]
            if operation.scope not in self.scopes:
                self.mistakes.add(where, f"scope '{operation.scope}' is not in components.securitySchemes.bearer.x-scopes")
        if scheme == "link" and "{token}" not in operation.path:
            self.mistakes.add(where, "an operation with link security has {token} in its path")

    def _read_extensions(self, operation, node):
        handler = node.get("x-handler")
        if handler not in (None, "c"):
            self.mistakes.add(where_of(node, "x-handler"), "x-handler can only be c")
        self._read_file(operation, node)
        operation.handler = handler == "c" or operation.file is not None
        operation.personal = not self._flag(node, "x-public")
        self._read_page(operation, node)
        operation.makes_receipt = self._flag(node, "x-receipt")
        operation.makes_link = self._flag(node, "x-link")
        post = operation.method == "HTTP_POST"
        if operation.makes_link and not post:
            self.mistakes.add(where_of(node, "x-link"), "x-link is for a POST")
        operation.has_form = self._flag(node, "x-form")
        if operation.has_form and not (post and operation.auth == "AUTH_NONE" and not operation.handler and [p.name for p in operation.params] == ["id"]):
            self.mistakes.add(where_of(node, "x-form"), "x-form is for a POST with security [], no x-handler and no parameter but {id}")
        giver = post and (operation.auth != "AUTH_KEY" or operation.makes_receipt)
        operation.giver_key = self._flag(node, "x-giver-key") or giver
        operation.streams = self._flag(node, "x-stream")
        operation.lines = node.get("x-lines")
        if operation.streams and not (post and operation.handler and "requestBody" in node):
            self.mistakes.add(where_of(node, "x-stream"), "x-stream is for a POST with a body and x-handler: c")
        if operation.lines is not None and not operation.handler:
            self.mistakes.add(where_of(node, "x-lines"), "x-lines is for an operation with x-handler: c or x-file")
        kind = node.get("x-id")
        if kind not in (None, "random"):
            self.mistakes.add(where_of(node, "x-id"), "x-id can only be random")
        if kind == "random":
            operation.id_kind = "ID_RANDOM"
        elif post:
            operation.id_kind = "ID_TIME_ORDERED"

    def _read_file(self, operation, node):
        """x-file: its list (x-lines) to its end, as a file of this name."""
        operation.file = node.get("x-file")
        if operation.file is None:
            return
        if not isinstance(operation.file, str) or not FILE.match(operation.file):
            self.mistakes.add(where_of(node, "x-file"), "x-file is the name of a file without its ending: a-z and hyphens")
        if operation.method != "HTTP_GET" or "x-handler" in node or node.get("x-lines") is None:
            self.mistakes.add(where_of(node, "x-file"), "x-file is for a GET with x-lines and no x-handler")

    def _read_page(self, operation, node):
        """x-page: a template, or that and embeddable: true, for pages that other sites may show in a frame."""
        page = node.get("x-page")
        if page is None:
            return
        operation.embeddable = isinstance(page, Map) and page.get("embeddable") is True
        operation.page = page.get("template") if isinstance(page, Map) else page
        if not isinstance(operation.page, str) or not PAGE.match(operation.page):
            self.mistakes.add(where_of(node, "x-page"), "x-page names a template of api/pages/public/")
        if operation.personal or operation.handler or operation.method != "HTTP_GET":
            self.mistakes.add(where_of(node, "x-page"), "x-page is for a GET with x-public: true and no x-handler")

    def _flag(self, node, key):
        value = node.get(key, False)
        if not isinstance(value, bool):
            self.mistakes.add(where_of(node, key), f"'{key}' must be true or false")
        return value is True

    def _find_lines(self):
        """Each x-lines names what a line is: a request of a POST with a JSON body, or an item of a list."""
        by_id = {operation.id: operation for operation in self.operations}
        for operation in self.operations:
            if operation.lines is None:
                continue
            found = by_id.get(operation.lines)
            if operation.streams and (found is None or found.method != "HTTP_POST" or found.body is None):
                self.mistakes.add(operation.where, f"x-lines of {operation.id} must name a POST with a JSON body")
            if not operation.streams and (found is None or found.shape != "REPLY_LIST"):
                self.mistakes.add(operation.where, f"x-lines of {operation.id} must name a list")
            if operation.file and not any(param.name == "format" for param in operation.params):
                self.mistakes.add(operation.where, f"{operation.id} has an x-file, and so a parameter 'format'")
            operation.lines = found

    def _read_body(self, operation, node):
        if "requestBody" not in node:
            return
        where = where_of(node, "requestBody")
        body = self.document.follow(node["requestBody"])
        content = body.get("content") if isinstance(body, Map) else None
        if operation.streams and isinstance(content, Map) and content:
            return  # its handler tells the media types apart
        if not isinstance(content, Map) or len(content) != 1:
            self.mistakes.add(where, "a request body has one media type")
            return
        (media, value), = content.items()
        operation.body_type = media
        operation.body_required = body.get("required") is True
        if operation.method == "HTTP_PATCH" and media != "application/merge-patch+json":
            self.mistakes.add(where_of(content, media), "the body of PATCH is application/merge-patch+json")
        if media in JSON_TYPES:
            if not isinstance(value, Map) or "schema" not in value:
                self.mistakes.add(where_of(content, media), "a JSON body needs a schema")
                return
            operation.body = self.schemas.compile(value["schema"], where_of(value, "schema"))
        elif not operation.handler:
            self.mistakes.add(where_of(content, media), f"a body of type {media} needs x-handler: c")

    def _read_responses(self, operation, node):
        responses = node.get("responses")
        if not isinstance(responses, Map):
            self.mistakes.add(operation.where, f"operation {operation.id} has no responses")
            return
        default = responses.get("default")
        if not isinstance(default, Map) or default.get("$ref") not in (PROBLEM, PAGE_PROBLEM):
            self.mistakes.add(where_of(node, "responses"), f"responses need default: $ref '{PROBLEM}'")
        good = sorted(code for code in map(str, responses) if re.match(r"[23]\d\d\Z", code))
        if not good:
            self.mistakes.add(where_of(node, "responses"), f"operation {operation.id} has no response of success")
            return
        operation.status = int(good[0])
        response = self.document.follow(responses[good[0]])
        operation.shape = self._shape(operation, response if isinstance(response, Map) else Map(responses.where))
        if "x-location" in node:
            operation.location = node["x-location"]
        elif operation.status == 201:
            operation.location = operation.path + "/{id}"

    def _shape(self, operation, response):
        content = response.get("content")
        if not isinstance(content, Map) or not content:
            return "REPLY_NONE"
        media = content.get("application/json")
        operation.is_page = "text/html" in content
        if operation.page is not None:
            operation.media = next(iter(content))
            return "REPLY_RAW"
        if not isinstance(media, Map):
            if not operation.handler and len(content) == 1 and not operation.is_page and next(iter(content)).startswith("text/"):
                operation.media = next(iter(content))
                return "REPLY_TEXT"
            if not operation.handler:
                self.mistakes.add(response.where, "a reply that is not application/json needs x-handler: c")
            return "REPLY_RAW"
        schema = self.document.follow(media.get("schema"))
        properties = schema.get("properties") if isinstance(schema, Map) else None
        if isinstance(properties, Map) and "items" in properties and "next_cursor" in properties:
            return "REPLY_LIST"
        return "REPLY_ONE"

    def _read_list(self, operation):
        names = {param.name for param in operation.params if param.place == "PARAM_QUERY"}
        if operation.shape == "REPLY_LIST" and not {"limit", "cursor"} <= names:
            self.mistakes.add(operation.where, f"list operation {operation.id} needs the parameters limit and cursor")
        if operation.shape != "REPLY_LIST" and "cursor" in names and not operation.handler:
            self.mistakes.add(operation.where, f"{operation.id} takes a cursor, but its reply has not items and next_cursor")

    def _check_headers(self, operation):
        changing = operation.method in ("HTTP_PATCH", "HTTP_PUT", "HTTP_DELETE") or operation.path.endswith("/transitions")
        changing = changing and operation.method != "HTTP_GET"
        if changing and operation.auth == "AUTH_KEY" and "if-match" not in operation.headers:
            self.mistakes.add(operation.where, f"{operation.id} needs the header parameter IfMatch")
        if operation.method == "HTTP_POST" and "idempotency-key" not in operation.headers:
            self.mistakes.add(operation.where, f"{operation.id} needs the header parameter IdempotencyKey")
        if operation.method != "HTTP_POST" and "idempotency-key" in operation.headers:
            self.mistakes.add(operation.where, f"{operation.id} is no POST and takes no IdempotencyKey")
