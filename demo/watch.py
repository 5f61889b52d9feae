"""The watch: its stack, and a queue that is subscribed in place of a mailbox."""

import json
from concurrent.futures import Future, ThreadPoolExecutor

from local_aws import WATCH_TEMPLATE, LocalAws, client

STACK = "policy-watch"


class Inbox:
    """A queue that anybody may send to, in place of a mailbox."""

    def __init__(self):
        self._sqs = client("sqs")
        self._url = self._sqs.create_queue(QueueName="inbox")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]
        anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": self.arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})

    def read(self) -> list[dict]:
        """Returns the mails that have come since the last time."""
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def delete(self):
        self._sqs.delete_queue(QueueUrl=self._url)


class Watch:
    """The watch. It is deployed, and looks, in a thread of its own, while other things happen."""

    def __init__(self, aws: LocalAws):
        self._aws = aws
        self._thread = ThreadPoolExecutor(max_workers=1)

    def deploy(self):
        self._inbox = Inbox()
        self._function = self._thread.submit(self._deploy)

    def look(self) -> Future[dict]:
        """Has it look, as its schedule does every hour. The result is the one mail that comes of it."""
        return self._thread.submit(self._look)

    def _deploy(self) -> str:
        parameters = ("--parameter-overrides", f"QueueArn={self._inbox.arn}")
        self._aws.sam_deploy("--stack-name", STACK, *parameters, template=WATCH_TEMPLATE)
        return self._aws.stack(STACK).outputs()["WatchFunctionName"]

    def _look(self) -> dict:
        event = {"source": "aws.events", "detail-type": "Scheduled Event"}
        answer = client("lambda").invoke(FunctionName=self._function.result(), Payload=json.dumps(event))
        if "FunctionError" in answer:
            raise RuntimeError(f"the watch has failed: {answer['Payload'].read().decode()}")
        (mail,) = self._inbox.read()
        return mail
