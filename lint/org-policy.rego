# A rule for cloudformation-validate: the properties of Custom::OrgPolicy and Custom::OrgBackupSettings. Written from the
# schemas beside it by write.py. cloudformation-validate lets every property of a Custom:: type pass, also with these
# schemas as additional ones.
package org_policy

import rego.v1

types := {
    "Custom::OrgBackupSettings": {
        "ServiceToken": [
            "string"
        ],
        "ServiceTimeout": [
            "integer",
            "string"
        ],
        "FullManagement": [
            "array"
        ],
        "GlobalSettings": [
            "array"
        ],
        "PolicyTypes": [
            "array"
        ],
        "Regions": [
            "array"
        ],
        "ResourceTypes": [
            "array",
            "string"
        ],
        "Revision": [],
        "TrustedAccess": [
            "array"
        ]
    },
    "Custom::OrgPolicy": {
        "ServiceToken": [
            "string"
        ],
        "ServiceTimeout": [
            "integer",
            "string"
        ],
        "AdoptExisting": [
            "boolean",
            "string"
        ],
        "Content": [
            "object",
            "string"
        ],
        "Description": [
            "string"
        ],
        "EnablePolicyType": [
            "boolean",
            "string"
        ],
        "ManageAttachments": [
            "string"
        ],
        "Name": [
            "string"
        ],
        "Revision": [],
        "Tags": [
            "array"
        ],
        "Targets": [
            "array"
        ],
        "Type": [
            "string"
        ],
        "Variables": [
            "object"
        ]
    }
}

required := {
    "Custom::OrgBackupSettings": [
        "ServiceToken"
    ],
    "Custom::OrgPolicy": [
        "ServiceToken",
        "Name",
        "Type",
        "Content"
    ]
}

violation contains fault(name, sprintf("%s is no property of %s", [key, resource.resourceType])) if {
    some name, resource in input.resources
    known := types[resource.resourceType]
    some key, _ in resource.properties
    not key in object.keys(known)
}

violation contains fault(name, sprintf("%s is missing", [key])) if {
    some name, resource in input.resources
    some key in required[resource.resourceType]
    not key in object.keys(resource.properties)
}

violation contains fault(name, sprintf("%s is no %s", [key, concat(" or ", allowed)])) if {
    some name, resource in input.resources
    some key, value in resource.properties
    allowed := types[resource.resourceType][key]
    count(allowed) > 0
    not is_unresolved(value)
    not type_name(value) in allowed
}

# What only a deployment knows is an object of markers.
is_unresolved(value) if {
    is_object(value)
    some key, _ in value
    startswith(key, "__")
}

type_name(value) := "integer" if is_number(value)

type_name(value) := "string" if is_string(value)

type_name(value) := "boolean" if is_boolean(value)

type_name(value) := "array" if is_array(value)

type_name(value) := "object" if is_object(value)

fault(name, message) := {"rule_id": "E9801", "severity": "ERROR", "resource_id": name, "message": message}
