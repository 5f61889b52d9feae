/*
 * A stack of your own that uses the function, in CDK: what examples/consumer.yaml is, in TypeScript. Copy org-policy.ts
 * into your app. This one synthesizes a template:
 *
 *   cd examples/cdk && npm ci && npm run synth
 *   aws cloudformation deploy --stack-name cost-centers --template-file cdk.out/cost-centers.template.json \
 *     --parameter-overrides Targets=/Sandbox CostCenters=research,shop
 *
 * In an app that you deploy with `cdk deploy`, leave the synthesizer out.
 */
import { App, CfnOutput, CfnParameter, DefaultStackSynthesizer, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { OrgPolicy } from "./org-policy.js";

class CostCenters extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: "A tag policy for cost centers, and a service control policy that keeps the tags.",
      // The account needs no bootstrap stack for a template without assets.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });
    const targets = new CfnParameter(this, "Targets", { type: "CommaDelimitedList" }).valueAsList;
    const values = new CfnParameter(this, "CostCenters", { type: "CommaDelimitedList" }).valueAsList;
    const key = new CfnParameter(this, "TagKey", { default: "CostCenter" }).valueAsString;

    const tagPolicy = new OrgPolicy(this, "TagPolicy", {
      name: "cost-centers",
      type: "TAG_POLICY",
      description: "How cost centers are written",
      targets,
      enablePolicyType: true,
      variables: { tag: key },
      content: { tags: { "${tag}": { tag_key: { "@@assign": "${tag}" }, tag_value: { "@@assign": values } } } },
    });
    const keep = new OrgPolicy(this, "KeepCostCenters", {
      name: "keep-cost-centers",
      type: "SERVICE_CONTROL_POLICY",
      description: "Nobody takes the cost center off an instance or a volume",
      targets,
      content: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "KeepCostCenters",
            Effect: "Deny",
            Action: "ec2:DeleteTags",
            Resource: ["arn:*:ec2:*:*:instance/*", "arn:*:ec2:*:*:volume/*"],
            Condition: { "ForAnyValue:StringEquals": { "aws:TagKeys": key } },
          },
        ],
      },
    });
    new CfnOutput(this, "TagPolicyId", { value: tagPolicy.policyId });
    new CfnOutput(this, "TagPolicyArn", { value: tagPolicy.policyArn });
    new CfnOutput(this, "KeepingPolicyId", { value: keep.policyId });
  }
}

const app = new App({ outdir: process.env.CDK_OUTDIR ?? "cdk.out", analyticsReporting: false });
new CostCenters(app, "cost-centers");
app.synth();
