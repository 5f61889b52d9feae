"""MiniStack's matcher, held against what EventBridge's documentation says of the operators that the rules use."""

import json

import pytest
from botocore.exceptions import ClientError
from events import envelope

# Pattern of the detail, detail, whether they match: "Comparison operators for use in event patterns" in EventBridge's
# user guide, and the README of Event Ruler, EventBridge's own engine.
TRUTHS = [
    ({"a": [{"exists": False}]}, {}, True),
    ({"a": [{"exists": False}]}, {"a": "x"}, False),
    ({"a": {"b": [{"exists": False}]}}, {}, True),
    ({"a": [{"exists": True}]}, {"a": "x"}, True),
    ({"a": [{"exists": True}]}, {}, False),
    ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
    ({"a": [{"anything-but": "x"}]}, {}, False),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
    ({"a": [{"anything-but": {"prefix": ["Get", "List"]}}]}, {"a": "ListKeys"}, False),
    ({"a": [{"anything-but": {"prefix": ["Get", "List"]}}]}, {"a": "PutKey"}, True),
    ({"a": [{"anything-but": {"wildcard": ["r/x-*", "r/y"]}}]}, {"a": "r/x-1"}, False),
    ({"a": [{"anything-but": {"wildcard": ["r/x-*", "r/y"]}}]}, {"a": "r/y"}, False),
    ({"a": [{"anything-but": {"wildcard": ["r/x-*", "r/y"]}}]}, {"a": "r/y-1"}, True),
    ({"a": [{"anything-but": {"wildcard": ["r/x-*", "r/y"]}}]}, {}, False),
    # Alternatives: what the one leaves out the other lets in.
    ({"a": [{"anything-but": {"wildcard": "x*"}}, {"anything-but": {"wildcard": "y*"}}]}, {"a": "x1"}, True),
    ({"a": [{"wildcard": "r/*Admin_*"}]}, {"a": "r/eu/Admin_1"}, True),
    ({"a": [{"wildcard": "r/*Admin_*"}]}, {"a": "q/r/Admin_1"}, False),
    ({"a": [{"prefix": "Get"}, {"suffix": "Key"}]}, {"a": "PutKey"}, True),
    ({"a": [{"prefix": "Get"}, {"suffix": "Key"}]}, {"a": "PutRule"}, False),
    ({"$or": [{"a": ["1"]}, {"b": ["2"]}], "c": ["3"]}, {"b": "2", "c": "3"}, True),
    ({"$or": [{"a": ["1"]}, {"b": ["2"]}], "c": ["3"]}, {"b": "2", "c": "4"}, False),
    ({"$or": [{"a": {"x": ["1"]}}, {"b": ["2"]}], "a": {"y": ["3"]}}, {"a": {"x": "1", "y": "4"}}, False),
]


@pytest.mark.parametrize(("pattern", "detail", "matches"), TRUTHS)
def test_operators_do_what_the_documentation_says(alarm, pattern, detail, matches):
    answer = alarm.client("events").test_event_pattern(
        EventPattern=json.dumps({"detail": pattern}), Event=json.dumps(envelope("test", "test", detail))
    )
    assert answer["Result"] is matches


def test_two_wildcards_in_a_row_are_no_pattern(alarm):
    pattern = {"detail": {"a": [{"wildcard": "x**"}]}}
    with pytest.raises(ClientError, match="Consecutive wildcard"):
        alarm.client("events").test_event_pattern(
            EventPattern=json.dumps(pattern), Event=json.dumps(envelope("test", "test", {}))
        )
