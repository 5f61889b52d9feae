"""The way it goes on AWS: HTTPS for the answer and for Organizations, with certificates that are checked."""

import json
import socket
import ssl
import threading
from contextlib import contextmanager

import pytest
import trustme
from invoke import function_on_local_lambda
from local_aws import PROJECT


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority for certificates, and the file in which clients find it."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(file)
    return authority, file


@contextmanager
def over_tls(authority, port):
    """Yields the HTTPS address of what listens on the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(listener):
        while True:
            try:
                client, _ = listener.accept()
            except ssl.SSLError:
                continue  # the client did not trust the certificate
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", port))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as plain, context.wrap_socket(plain, server_side=True) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


def test_answer_and_calls_go_over_https(aws, organization, authority):
    authority, authority_file = authority
    event = json.loads((PROJECT / "events" / "create-backup-policy.json").read_text())
    with over_tls(authority, aws.port) as address:

        def send(**environment):
            """Whether the function could answer, and what it said."""
            url, answer = aws.answer_box(endpoint=address)
            with function_on_local_lambda(AWS_ENDPOINT_URL=address, **environment) as invoke:
                return answer() if invoke({**event, "ResponseURL": url}) else None

        answer = send(SSL_CERT_FILE=str(authority_file))
        assert answer["Status"] == "SUCCESS", answer
        assert answer["PhysicalResourceId"] in organization.policies()

        event |= {"RequestType": "Delete", "PhysicalResourceId": answer["PhysicalResourceId"]}
        assert send(SSL_CERT_FILE=str(authority_file))["Status"] == "SUCCESS"
        assert answer["PhysicalResourceId"] not in organization.policies()

        event["PhysicalResourceId"] = "cfn-org-policy:nothing-created"
        assert send() is None, "nobody vouches for this certificate"
