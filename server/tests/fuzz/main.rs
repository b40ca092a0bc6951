//! Throws damaged, mixed and invented files at detection and every reader: `script/test --fuzz`, or
//! `FUZZ_SECONDS=60 FUZZ_SEED=7 cargo test -p app -p server -p bench --test fuzz`. Not part of the plain run of tests.
//!
//! It runs on stable Rust, without coverage. Instead it keeps every input that is answered in a new way (format, refusal, verdicts) and
//! mutates it further. An input that breaks a rule is written to a file whose name is printed.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "a test, though without the test harness")]

mod check;
mod corpus;
mod memory;
mod mutate;
#[path = "../zip.rs"]
mod zip;

use std::{
    collections::HashSet,
    panic::catch_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

const INPUT_TIMEOUT: Duration = Duration::from_secs(60);
/// Peak memory of the whole run; all inputs are small.
const MAX_MEMORY_MIB: u64 = 256;

fn main() {
    // nextest lists tests before it runs them; there are none.
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    if std::env::var_os("FUZZ_WEIGH").is_some() {
        return memory::measure_files();
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("FUZZ_SECONDS").unwrap_or(10);
    let seed = number("FUZZ_SEED").unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into());
    println!("fuzzing imports for {seconds} s with FUZZ_SEED={seed}");
    let began = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    watch(Arc::clone(&began), start);

    let mut random = fastrand::Rng::with_seed(seed);
    let mut corpus = corpus::load();
    let (seeds, mut answers, mut inputs) = (corpus.len(), HashSet::new(), 0u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let input = if inputs < seeds as u64 { corpus[inputs as usize].clone() } else { mutate::next_input(&mut random, &corpus) };
        began.store(start.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
        match catch_unwind(|| check::check(&input)) {
            Ok(Ok(answer)) => {
                if answers.insert(answer) && inputs >= seeds as u64 {
                    corpus.push(input);
                }
            }
            Ok(Err(broken)) => fail(&input, &broken),
            Err(_) => fail(&input, "it panicked; see above"),
        }
        inputs += 1;
    }
    let memory = memory::peak_memory_mib();
    assert!(memory <= MAX_MEMORY_MIB, "the run took {memory} MiB of memory; the limit is {MAX_MEMORY_MIB}");
    assert!(inputs > seeds as u64, "not even the corpus was read in {seconds} s");
    println!("{inputs} inputs, {} ways to be answered, peak memory {memory} MiB, nothing broke", answers.len());
}

/// Ends the process when an input takes too long.
fn watch(began: Arc<AtomicU64>, start: Instant) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let began = Duration::from_millis(began.load(Ordering::Relaxed));
            if start.elapsed().saturating_sub(began) > INPUT_TIMEOUT {
                eprintln!("an input was not answered within {INPUT_TIMEOUT:?}");
                std::process::exit(1);
            }
        }
    });
}

fn fail(input: &[u8], broken: &str) -> ! {
    let path = std::env::temp_dir().join(format!("playmarks-fuzz-{}", std::process::id()));
    std::fs::write(&path, input).unwrap();
    eprintln!("{broken}\nThe input is in {}; put it into server/tests/fuzz/corpus once it is mended.", path.display());
    std::process::exit(1);
}
