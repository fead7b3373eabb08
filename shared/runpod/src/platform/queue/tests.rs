//! Whatever happens in whatever order, the queue's lists and sums agree with its jobs.

use std::time::Duration;

use super::*;

fn queue() -> Queue {
    Queue::new(&Options { workers_max: 0, max_queued_bytes: 900, max_kept_bytes: 600, ..Options::default() })
}

fn submission(random: &mut fastrand::Rng) -> Submission {
    Submission {
        input: Some(Bytes::from("x".repeat(random.usize(1..60)))),
        webhook: random.bool().then(|| "http://127.0.0.1/".into()),
        s3_config: None,
        execution_timeout: Duration::from_secs(random.u64(5..200)),
        ttl: Duration::from_secs(random.u64(10..400)),
        sync: random.bool(),
    }
}

/// One step that a client, a worker or the clock may take.
fn step(queue: &mut Queue, ids: &mut Vec<Id>, now: &mut Instant, random: &mut fastrand::Rng) {
    let id = if ids.is_empty() { "none".into() } else { Arc::clone(&ids[random.usize(..ids.len())]) };
    let worker = ["w1", "w2", "w3"][random.usize(..3)];
    match random.u8(..12) {
        0..=2 => ids.extend(queue.submit(submission(random), *now).ok().map(|job| Arc::clone(&job.id))),
        3 | 4 => drop(queue.take(worker, random.usize(1..4), false, *now).len()),
        5 | 6 => {
            let error = random.bool().then(|| Bytes::from_static(b"1"));
            let output = Some(Bytes::from("y".repeat(random.usize(..90))));
            drop(queue.finish(&id, Outcome::Posted { worker, output, error }, *now));
        }
        7 => drop(queue.cancel(&id, *now).is_ok()),
        8 => drop(queue.retry(&id, *now).is_ok()),
        9 => drop((queue.chunk(&id, Bytes::from_static(b"{}")).is_ok(), queue.drain(&id))),
        10 => queue.ping(worker, [&*id].into_iter(), random.bool(), *now),
        _ if random.u8(..20) == 0 => drop(queue.purge(*now)),
        _ => {
            *now += Duration::from_secs(random.u64(1..20));
            drop(queue.sweep(*now));
        }
    }
}

fn assert_sound(queue: &Queue) {
    let in_phase = |wanted: fn(&Phase) -> bool| queue.jobs.values().filter(move |job| wanted(&job.phase));
    let waiting: Vec<&Job> = in_phase(|phase| matches!(phase, Phase::Waiting { .. })).collect();
    assert_eq!(waiting.len(), queue.waiting.len());
    assert!(waiting.iter().all(|job| queue.waiting.contains(&job.id)));
    assert_eq!(waiting.iter().map(|job| input_weight(job)).sum::<usize>(), queue.waiting_bytes);
    let running: HashSet<Id> =
        in_phase(|phase| matches!(phase, Phase::Running { .. })).map(|job| Arc::clone(&job.id)).collect();
    assert_eq!(running, queue.running);
    let finished: Vec<&Job> = in_phase(|phase| matches!(phase, Phase::Finished { .. })).collect();
    assert_eq!(finished.len(), queue.kept[0].len() + queue.kept[1].len());
    assert_eq!(finished.iter().map(|job| job.weight()).sum::<usize>(), queue.kept_bytes);
    assert!(queue.kept_bytes <= queue.max_kept_bytes || finished.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn lists_and_sums_agree_with_the_jobs_after_any_sequence_of_steps() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut queue, mut ids, mut now) = (queue(), Vec::new(), Instant::now());
        for _ in 0..1500 {
            step(&mut queue, &mut ids, &mut now, &mut random);
            assert_sound(&queue);
        }
        assert!(queue.counts.completed > 0 && queue.counts.failed > 0 && queue.counts.retried > 0, "seed {seed}");
    }
}
