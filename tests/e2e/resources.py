"""Resources for the templates of the tests, and the events that CloudFormation makes of them."""

from local_aws import FUNCTION_STACK

DENY_LEAVING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}],
}
DENY_CLOSING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "account:CloseAccount", "Resource": "*"}],
}
EMPTY_BACKUP = {"plans": {"empty": {"regions": {"@@assign": ["eu-west-1"]}}}}
NO_SUCH_UNIT = "ou-zzzz-00000000"


def policy(name, targets=(), depends_on=(), **properties):
    """A resource; a service control policy, unless the properties say otherwise."""
    return {
        "Type": "Custom::OrgPolicy",
        "DependsOn": list(depends_on),
        "Properties": {
            "ServiceToken": {"Fn::ImportValue": f"{FUNCTION_STACK}:ServiceToken"},
            "ServiceTimeout": 60,
            "Name": name,
            "Type": "SERVICE_CONTROL_POLICY",
            "Content": DENY_LEAVING,
            "Targets": list(targets),
            **properties,
        },
    }


def template(**resources):
    return {"Resources": resources}


def delete_event(resource, physical_id, **event):
    return {
        "RequestType": "Delete",
        "ResourceType": "Custom::OrgPolicy",
        "PhysicalResourceId": physical_id,
        "ResourceProperties": as_cloudformation_sends(resource["Properties"]),
        **event,
    }


def as_cloudformation_sends(value):
    """Every scalar a string; the token resolved."""
    if isinstance(value, dict):
        if "Fn::ImportValue" in value:
            return "arn:aws:lambda:us-east-1:111122223333:function:resolved"
        return {key: as_cloudformation_sends(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_cloudformation_sends(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
