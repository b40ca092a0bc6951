//! The users.

use std::time::Instant;

use fastrand::Rng;
use reqwest::Method;
use tokio::time::sleep;
use uuid::Uuid;

use super::chaos;
use crate::support::person::Person;

/// A user who acts at one of the two web processes at a time.
pub(super) struct SimulatedUser {
    at: [Person; 2],
    random: Rng,
    jobs: Vec<Uuid>,
}

impl SimulatedUser {
    pub(super) fn new(at: [Person; 2], random: Rng) -> Self {
        Self { at, random, jobs: Vec::new() }
    }

    /// Returns the jobs it was told of.
    pub(super) async fn act(mut self, deadline: Instant) -> Vec<Uuid> {
        while Instant::now() < deadline {
            match self.random.u64(0..10) {
                0..4 => self.import().await,
                4 | 5 => self.steer("cancel", &[202]).await,
                6 | 7 => self.steer("retry", &[200, 201, 409, 422]).await,
                8 => self.steer("dismiss", &[204, 409]).await,
                _ => {}
            }
            sleep(chaos::millis(&mut self.random, 50..700)).await;
        }
        self.jobs
    }

    async fn import(&mut self) {
        // Sometimes more videos than are stored as one event each.
        let videos = if self.random.u64(0..8) == 0 { self.random.u64(201..400) } else { self.random.u64(1..60) };
        let file: String = (0..videos).map(|_| format!("S{:010}\n", self.random.u64(0..10_000_000_000))).collect();
        let job = self.random.choice(&self.at).unwrap().import("Soak", &file).await;
        self.jobs.push(job);
    }

    async fn steer(&mut self, what: &str, answers: &[u16]) {
        if self.jobs.is_empty() {
            return;
        }
        let job = *self.random.choice(&self.jobs).unwrap();
        let status = self.random.choice(&self.at).unwrap().status(Method::POST, &format!("/api/jobs/{job}/{what}")).await;
        assert!(answers.contains(&status), "{what}: {status}");
    }
}
