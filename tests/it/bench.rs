use crate::support::World;
use crate::support::engine::{Engine, Habits, Template};
use crate::support::world::BACKUP_POLICY;
use serde_json::json;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::Instant;

async fn run(n: usize, seed: u64, silent: bool) -> (f64, f64) {
    fastrand::seed(seed);
    let world = World::new();
    world.throttle();
    world.set_latency(Duration::from_millis(100));
    let units: Vec<String> =
        world.change(|s| (0..=n / 10).map(|i| s.add_unit("r-ab12", &format!("u{i}"))).collect());
    let template: Template = (0..n).map(|i| (format!("P{i:03}"), json!({"Name": format!("p{i}"), "Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": [units[i / 10]]}))).collect();
    let engine = Engine::new(&world, Habits { crashes: 0.0, repeats: 0.0, silent }, seed);
    let began = Instant::now();
    engine.deploy("s", &template).await.unwrap();
    let took = began.elapsed().as_secs_f64();
    let bound = (2 * n - 3) as f64 / 2.0;
    (took / bound, world.calls().len() as f64 / (2 * n) as f64)
}

#[test]
#[ignore]
fn stacks() {
    for n in [9, 20, 100] {
        for silent in [false, true] {
            let mut rs: Vec<(f64, f64)> = (0..10)
                .map(|seed| {
                    let rt = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .start_paused(true)
                        .build()
                        .unwrap();
                    LocalSet::new().block_on(&rt, run(n, seed, silent))
                })
                .collect();
            rs.sort_by(|a, b| a.0.total_cmp(&b.0));
            println!(
                "{n} silent={silent}: median {:.3} worst {:.3}, sent {:.2}",
                rs[5].0,
                rs[9].0,
                rs.iter().map(|r| r.1).sum::<f64>() / 10.0
            );
        }
    }
}
