//! Simulations in virtual time, one after another or in parallel.

use std::ops::Range;
use std::thread;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Does the work on a paused clock, where waiting takes no time. `spawn_local` works in it.
pub fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), work)
}

/// Does the work for each number, on all processors. The results come in no particular order.
pub fn on_all_processors<T: Send>(numbers: Range<u64>, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let share = |n| numbers.clone().skip(n).step_by(threads).map(&work).collect::<Vec<T>>();
    thread::scope(|scope| {
        let share = &share;
        let threads: Vec<_> = (0..threads).map(|n| scope.spawn(move || share(n))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("the work is done")).collect()
    })
}
