"""Sends statements by an xAPI client library as it is, and prints what the library was told as one JSON object.

Arguments: endpoint, user, password.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from uuid import uuid4

from tincan import RemoteLRS, Statement, StatementList

START = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=10)
COURSE = {"id": "https://lms.example.org/course/1", "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}


def statement(number, **more):
    return Statement(
        actor={"objectType": "Agent", "account": {"home_page": "https://lms.example.org", "name": f"learner-{number}"}},
        verb={"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": "answered"}},
        object={"objectType": "Activity", "id": f"https://lms.example.org/q/{number}"},
        result={"success": True, "response": "a"},
        context={"context_activities": {"grouping": [COURSE]}},
        timestamp=START + timedelta(seconds=number),
        **more,
    )


def main():
    endpoint, user, password = sys.argv[1:]
    lrs = RemoteLRS(version="1.0.3", endpoint=endpoint, username=user, password=password)
    told = {}
    told["posted"] = lrs.save_statement(statement(1))
    told["put"] = lrs.save_statement(statement(2, id=str(uuid4())))
    told["batch"] = lrs.save_statements(StatementList([statement(3), statement(4, id=str(uuid4()))]))
    told["again"] = lrs.save_statement(statement(1))
    wrong = RemoteLRS(version="1.0.3", endpoint=endpoint, username=user, password="wrong")
    refused = wrong.save_statement(statement(5))
    answers = {}
    for name, response in told.items():
        content = response.content if isinstance(response.content, list) else [response.content]
        answers[name] = {"success": response.success, "status": response.response.status, "ids": [str(one.id) for one in content]}
    answers["refused"] = {"success": refused.success, "status": refused.response.status}
    print(json.dumps(answers))


main()
