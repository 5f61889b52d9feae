//! A deployment beside a look of the watch, under the documented throttles: what each costs the other.

use org_policy::aws::{Progress, Session};
use org_policy::drift::{Lag, Paces, Request, Rotation, look};
use serde_json::json;
use test_world::World;
use test_world::cloudformation::{CloudFormation, Stack};
use test_world::deployed::resource;
use test_world::engine::{Behaviour, Engine};
use test_world::fixtures::{
    guard_properties, policy_properties, template, template_of, throttled_organization, with,
};
use test_world::simulation::in_virtual_time;
use test_world::world::{BACKUP_POLICY, ROOT, SCP};
use tokio::time::Instant;

use super::median;

/// How many policies are looked at, and how many accounts there are.
const POLICIES: usize = 1_000;
const ACCOUNTS: usize = 500;
/// How many policies are deployed.
const DEPLOYED: usize = 100;
/// The paces of the watch, as crates/watch has them.
const PACES: Paces = Paces { documents: 1, listings: 2 };

/// Who is there.
#[derive(Clone, Copy, Debug)]
enum Who {
    Deployment,
    Look,
    Both,
}

/// Seconds that the deployment took, and the look; and how many attempts the throttles have refused.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    deployment: f64,
    look: f64,
    throttled: usize,
}

/// A stack with so many policies, all as deployed. A look that knows no document reads them all.
fn looked_at(world: &World) {
    let arn = "arn:aws:cloudformation:us-east-1:111111111111:stack/many/1";
    let (mut policies, mut resources) = (Vec::new(), Vec::new());
    let names: Vec<String> = (0..POLICIES).map(|number| format!("Many{number:04}")).collect();
    for (number, name) in names.iter().enumerate() {
        // An organization has a thousand policies of a type at most.
        let (policy_type, properties) = match number % 2 {
            0 => (BACKUP_POLICY, policy_properties()),
            _ => (SCP, guard_properties()),
        };
        let none = json!({"Name": name, "Description": "d", "Targets": []});
        let properties = with(&properties, none);
        let id = world.change(|state| {
            let id = state.add_policy(policy_type, name, &properties["Content"].to_string());
            state.policy(&id).description = "d".to_owned();
            for (key, value) in [("stack-id", arn), ("logical-id", name), ("request-id", "r")] {
                state.tag(&id, &format!("cfn-org-policy:{key}"), value);
            }
            id
        });
        resources.push(resource(name, "Custom::OrgPolicy", &id));
        policies.push((name.as_str(), properties));
    }
    let stack = Stack {
        id: arn.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        template: template_of(&policies).to_string(),
        resources,
        ..Stack::default()
    };
    let cloudformation = CloudFormation::default();
    cloudformation.change(|state| {
        state.page_size = 100;
        state.stacks.insert("many".to_owned(), stack);
    });
    world.answer_for(&cloudformation);
}

fn measure(who: Who, seed: u64) -> Figures {
    in_virtual_time(async {
        fastrand::seed(seed);
        let (world, units) = throttled_organization(20);
        world.change(|state| {
            for number in 0..ACCOUNTS {
                state.add_account(ROOT, &format!("account-{number}"));
            }
        });
        looked_at(&world);
        let engine = Engine::new(&world, Behaviour::default(), seed);
        let deployment = async {
            let began = Instant::now();
            if !matches!(who, Who::Look) {
                let template = template(DEPLOYED, 10, &units);
                engine.deploy("stack", &template).await.expect("nothing fails");
            }
            began.elapsed().as_secs_f64()
        };
        let look = async {
            let began = Instant::now();
            if !matches!(who, Who::Deployment) {
                let session = Session::on(world.sdk_config());
                let request = Request { lag: Lag::WaitedFor, paces: PACES, ..Request::default() };
                let progress = Progress::hidden();
                let report = look(&session, &request, &mut Rotation::default(), &progress).await;
                let summary = report.expect("a look").summary();
                assert_eq!((summary.resources, summary.drifted), (POLICIES, 0));
            }
            began.elapsed().as_secs_f64()
        };
        let (deployment, look) = tokio::join!(deployment, look);
        Figures { deployment, look, throttled: world.throttled() }
    })
}

#[test]
#[ignore = "make bench-stack"]
fn bench_beside_a_look() {
    println!(
        "\nA deployment of {DEPLOYED} policies beside a look at {POLICIES}, on {ACCOUNTS} accounts: medians of 5 seeds\n"
    );
    println!("| | deployment | look | attempts refused |\n| --- | --- | --- | --- |");
    for (name, who) in [
        ("the deployment alone", Who::Deployment),
        ("the look alone", Who::Look),
        ("both", Who::Both),
    ] {
        let figures: Vec<Figures> = (0..5).map(|seed| measure(who, seed)).collect();
        let seconds = |of: fn(&Figures) -> f64| median(figures.iter().map(of).collect());
        println!(
            "| {name} | {:.1} s | {:.1} s | {:.0} |",
            seconds(|f| f.deployment),
            seconds(|f| f.look),
            seconds(|f| f.throttled as f64)
        );
    }
}
