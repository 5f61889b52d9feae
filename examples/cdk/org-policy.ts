import { CustomResource, Duration, Fn, RemovalPolicy } from "aws-cdk-lib";
import { Construct } from "constructs";

/** Any policy type of AWS Organizations. The function needs no new release for a new one. */
export type PolicyType =
  | "BACKUP_POLICY"
  | "RESOURCE_CONTROL_POLICY"
  | "SERVICE_CONTROL_POLICY"
  | "TAG_POLICY"
  | (string & {});

/** The properties of Custom::OrgPolicy. docs/SEMANTICS.md says what each of them means. */
export interface OrgPolicyProps {
  /** Unique per type in the organization. */
  readonly name: string;
  readonly type: PolicyType;
  /**
   * An object or JSON text. CloudFormation turns the numbers and booleans of an object into strings: where a policy type
   * needs real ones, pass JSON text. A key cannot be a token of CDK: write `${name}`, and declare it in `variables`.
   */
  readonly content: Record<string, unknown> | string;
  readonly description?: string;
  /** Values for `${name}` in keys and values of the content. */
  readonly variables?: Record<string, string>;
  /** `Root`, OU paths such as `/Security/Backup`, and ids of OUs, accounts and the root. */
  readonly targets?: string[];
  /** `Declared` leaves attachments made by others alone. */
  readonly manageAttachments?: "All" | "Declared";
  /** The policy's tags, kept exactly. */
  readonly tags?: Record<string, string>;
  /** `true`: take over a policy of this name that nobody owns; an id (p-…): take over that policy. */
  readonly adoptExisting?: boolean | string;
  /** Enable the policy type on the root first. */
  readonly enablePolicyType?: boolean;
  /** Change it to have drift corrected. */
  readonly revision?: string;
  /** The stack of the function, in the same account and Region. */
  readonly functionStack?: string;
  /** By default, service and resource control policies outlive their stack, because they protect something. */
  readonly removalPolicy?: RemovalPolicy;
}

const PROTECTING: PolicyType[] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/** A policy of AWS Organizations. */
export class OrgPolicy extends Construct {
  readonly policyId: string;
  readonly policyArn: string;

  constructor(scope: Construct, id: string, props: OrgPolicyProps) {
    super(scope, id);
    const kept = PROTECTING.includes(props.type);
    const resource = new CustomResource(this, "Resource", {
      resourceType: "Custom::OrgPolicy",
      // An import and not a parameter, so that the function cannot be deleted while this stack needs it.
      serviceToken: Fn.importValue(`${props.functionStack ?? "cfn-org-policy"}:ServiceToken`),
      serviceTimeout: Duration.hours(1),
      // If the creation of the stack fails, the policy is deleted all the same.
      removalPolicy: props.removalPolicy ?? (kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY),
      // What is undefined, CDK leaves out.
      properties: {
        Name: props.name,
        Type: props.type,
        Description: props.description,
        Content: props.content,
        Variables: props.variables,
        Targets: props.targets,
        ManageAttachments: props.manageAttachments,
        Tags: props.tags && Object.entries(props.tags).map(([Key, Value]) => ({ Key, Value })),
        AdoptExisting: props.adoptExisting,
        EnablePolicyType: props.enablePolicyType,
        Revision: props.revision,
      },
    });
    this.policyId = resource.ref;
    this.policyArn = resource.getAttString("Arn");
  }
}
