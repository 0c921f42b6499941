"""docs/his-interface.yaml: well formed, served as written, and true of what HIS answers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.app import sandbox_of
from sandbox.testing import RunningSandbox

from .clients import HisClient

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "his-interface.yaml").read_text(encoding="utf-8")
)
OPERATIONS = [
    (path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def problems(schema: dict[str, Any], value: Any, where: str = "") -> list[str]:
    """Check a value against the part of JSON Schema the document uses."""
    if "$ref" in schema:
        return problems(resolve(schema["$ref"]), value, where)
    found: list[str] = []
    for part in schema.get("allOf", []):
        found += problems(part, value, where)
    if "oneOf" in schema and sum(not problems(part, value, where) for part in schema["oneOf"]) != 1:
        found.append(f"{where}: not exactly one of the alternatives")
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    python: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    right = any(
        isinstance(value, python[kind]) and not (isinstance(value, bool) and kind in {"integer", "number"})
        for kind in kinds
    )
    if kinds and not right:
        return [*found, f"{where}: {value!r} is not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} not in {schema['enum']}")
    if isinstance(value, dict):
        found += [f"{where}.{name} missing" for name in schema.get("required", []) if name not in value]
        for name, part in schema.get("properties", {}).items():
            if name in value:
                found += problems(part, value[name], f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += problems(schema["items"], item, f"{where}[{index}]")
    return found


def answer_schema(path: str, method: str) -> dict[str, Any]:
    schema: dict[str, Any] = DOCUMENT["paths"][path][method]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    return schema


def test_document_is_openapi_with_every_reference_resolved() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    for reference in references(DOCUMENT):
        assert resolve(reference)
    identifiers = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(identifiers)) == len(identifiers) == 19


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_operation_is_described_and_served(
    sandbox: RunningSandbox, path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"] and operation["description"] and operation["tags"]
    assert {"200", "401", "5XX"} <= operation["responses"].keys()
    content = operation["responses"]["200"]["content"]["application/json"]
    assert "example" in content or "examples" in content
    rule = "/his/v1" + path.replace("{", "<").replace("}", ">")
    served = {(item.rule, verb) for item in sandbox.app.url_map.iter_rules() for verb in item.methods or ()}
    assert (rule, method.upper()) in served
    assert f"his.{operation['operationId']}" in {item.endpoint for item in sandbox.app.url_map.iter_rules()}


def test_nothing_is_served_that_is_not_documented(sandbox: RunningSandbox) -> None:
    documented = {"/his/v1" + path.replace("{", "<").replace("}", ">") for path in DOCUMENT["paths"]}
    served = {item.rule for item in sandbox.app.url_map.iter_rules() if item.rule.startswith("/his/")}
    assert served == documented


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_examples_fit_their_schemas(path: str, method: str, operation: dict[str, Any]) -> None:
    content = operation["responses"]["200"]["content"]["application/json"]
    examples = (
        [content["example"]] if "example" in content else [item["value"] for item in content["examples"].values()]
    )
    for example in examples:
        assert problems(content["schema"], example) == []
    if "requestBody" in operation:
        asked = operation["requestBody"]["content"]["application/json"]
        assert problems(asked["schema"], asked["example"]) == []


def test_a_broken_answer_would_be_noticed() -> None:
    broken = {"code": "OK", "message": "", "data": [{"code": "A"}]}
    assert problems(answer_schema("/campuses", "get"), broken)


def test_real_answers_fit_the_document(
    his: HisClient,
    sandbox: RunningSandbox,
    ask: dict[str, Any],
    payment: Callable[..., dict[str, Any]],
    tomorrow: dict[str, str],
) -> None:
    def check(path: str, method: str, target: str, body: Any = None) -> Any:
        answer = his.send(method.upper(), target, body).json()
        assert problems(answer_schema(path, method), answer) == [], target
        return answer["data"]

    window = f"?from={tomorrow['from']}&to={tomorrow['to']}"
    check("/campuses", "get", "/campuses")
    check("/departments", "get", "/departments")
    check("/doctors", "get", "/doctors")
    check("/schedules", "get", "/schedules" + window)
    check("/slots", "get", "/slots" + window)
    person = {"id_type": "01", "id_number": "42010219860512013X", "name": "张伟"}
    check("/patients/find", "post", "/patients/find", person)
    more = {"request_no": "C1", "phone": "13800000001", "gender": "male", "birth_date": "1986-05-12"}
    check("/patients", "post", "/patients", {**person, **more})
    lock = check("/registrations/lock", "post", "/registrations/lock", ask)
    query = ("/registrations/{trade_no}", "get", f"/registrations/{ask['trade_no']}")
    check(*query)
    check("/registrations/confirm", "post", "/registrations/confirm", payment(ask, lock))
    check(*query)
    check("/registrations/unlock", "post", "/registrations/unlock", {"trade_no": ask["trade_no"]})
    cancellation = {"trade_no": ask["trade_no"], "reason": "患者主动取消", "refund_no": "F1"}
    check("/registrations/cancel", "post", "/registrations/cancel", cancellation)
    check(*query)
    for name in ("bed-availability", "exam-packages", "exam-package?code=basic", "vaccinations?patient_id=nobody"):
        check("/services/{name}", "get", f"/services/{name}")
    form = {"request_no": "N1", "values": {}}
    check("/services/{name}", "post", "/services/home-nursing", form)
    lines = check("/trades", "get", f"/trades?date={sandbox_of(sandbox.app).clock.today()}")
    assert len(lines) == 2
