//! `ProgressUpdate`: a job's newest state; and control frames.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{JobStatus, Timestamp, WaitingReason};

/// The maximum size of an update on the channel, in bytes of JSON.
pub const MAX_UPDATE_BYTES: usize = 16 * 1024;

/// The newest failure of a job; included in every later update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// The video; absent for a malformed id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_id: Option<Uuid>,
    /// Why it failed, as text for people.
    pub text: String,
}

/// The whole state of a job. The first six fields are required; with `video_id` and `error` they are enough for other publishers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressUpdate {
    pub job_id: Uuid,
    pub status: JobStatus,
    /// Percent, 0–100: see [`percent`].
    pub progress: u8,
    /// Number of finished videos, whether they succeeded or failed: 0 … `total_videos`.
    pub current_video: u32,
    /// Number of videos in the job, at least 1.
    pub total_videos: u32,
    /// One line of text for people.
    pub message: String,
    /// The video that this update is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_id: Option<Uuid>,
    /// Why the video or the job failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Increases with every state of the job. Below 2^53. Absent in updates of other publishers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Strictly increasing within the job. Absent in updates of other publishers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_id: Option<Uuid>,
    /// Number of failed videos so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_videos: Option<u32>,
    /// The newest failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<LastError>,
    /// With `error`, if it is a video's: the position of the failed video in the job, from 1, in the order of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// Estimated seconds until the end, if they can be estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<u32>,
    /// When the source will be asked again, while the job waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Why the job stands still, while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_reason: Option<WaitingReason>,
}

/// Why a message on the channel is not a valid update.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUpdate {
    /// Larger than [`MAX_UPDATE_BYTES`].
    #[error("longer than {MAX_UPDATE_BYTES} bytes")]
    TooLarge,
    /// Not JSON, or fields are missing or of the wrong type.
    #[error("not a progress update: {0}")]
    Shape(String),
    /// A number is out of range; contains the field's name.
    #[error("{0} is out of range")]
    Range(&'static str),
}

impl ProgressUpdate {
    /// An update with only the required fields, as another program may publish it.
    pub fn core(job_id: Uuid, status: JobStatus, progress: u8, current_video: u32, total_videos: u32, message: impl Into<String>) -> Self {
        Self {
            job_id,
            status,
            progress,
            current_video,
            total_videos,
            message: message.into(),
            video_id: None,
            error: None,
            seq: None,
            created_at: None,
            list_id: None,
            failed_videos: None,
            last_error: None,
            place: None,
            eta_seconds: None,
            retry_at: None,
            waiting_reason: None,
        }
    }

    /// Parses and validates an update from an untrusted publisher: fields, ranges and size. Ignores unknown fields.
    ///
    /// # Errors
    /// Says why the update is invalid.
    pub fn from_untrusted(json: &[u8]) -> Result<Self, InvalidUpdate> {
        if json.len() > MAX_UPDATE_BYTES {
            return Err(InvalidUpdate::TooLarge);
        }
        let update: Self = serde_json::from_slice(json).map_err(|error| InvalidUpdate::Shape(error.to_string()))?;
        update.check()?;
        Ok(update)
    }

    fn check(&self) -> Result<(), InvalidUpdate> {
        const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
        if self.progress > 100 {
            return Err(InvalidUpdate::Range("progress"));
        }
        if self.total_videos == 0 {
            return Err(InvalidUpdate::Range("total_videos"));
        }
        if self.current_video > self.total_videos {
            return Err(InvalidUpdate::Range("current_video"));
        }
        if self.failed_videos.is_some_and(|failed| failed > self.total_videos) {
            return Err(InvalidUpdate::Range("failed_videos"));
        }
        if self.place.is_some_and(|place| place == 0 || place > self.total_videos) {
            return Err(InvalidUpdate::Range("place"));
        }
        if self.seq.is_some_and(|seq| seq == 0 || seq > MAX_SAFE_INTEGER) {
            return Err(InvalidUpdate::Range("seq"));
        }
        Ok(())
    }
}

/// `floor(100 · done / total)`; 0 if `total` is 0.
pub const fn percent(done: u32, total: u32) -> u8 {
    if total == 0 { 0 } else { (done as u64 * 100 / total as u64) as u8 }
}

/// A frame that is not an update; only sockets opened with `&control=1` get them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "RawControl")]
pub enum Control {
    /// The connection is alive. Contains the server's version, so that an outdated page can show it.
    Heartbeat { version: String },
    /// The user dismissed the job's card in some tab.
    Dismissed { job_id: Uuid },
    /// The job was deleted with its list or account.
    Removed { job_id: Uuid },
    /// Jobs that no worker has wait for their source until then, all of the user's; without an instant, they wait no longer.
    Source { blocked_until: Option<Timestamp>, reason: Option<WaitingReason> },
}

/// The source may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceBlock {
    /// By the database's clock.
    pub blocked_until: Timestamp,
    pub reason: WaitingReason,
}

impl Control {
    /// The frame that says so.
    pub fn source(block: Option<SourceBlock>) -> Self {
        Self::Source { blocked_until: block.map(|block| block.blocked_until), reason: block.map(|block| block.reason) }
    }

    /// What a [`Self::Source`] frame says; `None` for others.
    pub fn source_block(&self) -> Option<Option<SourceBlock>> {
        let Self::Source { blocked_until, reason } = *self else { return None };
        Some(blocked_until.map(|blocked_until| SourceBlock { blocked_until, reason: reason.unwrap_or(WaitingReason::Other) }))
    }
}

/// Any control frame. The code that serde derives for a tagged enum would add several kilobytes to the WASM.
#[derive(Deserialize)]
struct RawControl {
    r#type: String,
    version: Option<String>,
    job_id: Option<Uuid>,
    blocked_until: Option<Timestamp>,
    reason: Option<WaitingReason>,
}

impl TryFrom<RawControl> for Control {
    type Error = &'static str;

    fn try_from(RawControl { r#type, version, job_id, blocked_until, reason }: RawControl) -> Result<Self, Self::Error> {
        match (&*r#type, version, job_id) {
            ("heartbeat", Some(version), _) => Ok(Self::Heartbeat { version }),
            ("dismissed", _, Some(job_id)) => Ok(Self::Dismissed { job_id }),
            ("removed", _, Some(job_id)) => Ok(Self::Removed { job_id }),
            ("source", ..) => Ok(Self::Source { blocked_until, reason }),
            _ => Err("not a control frame"),
        }
    }
}

/// A text frame of the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The newest state of a job.
    Update(Box<ProgressUpdate>),
    /// Any other frame, recognised by its `type`.
    Control(Control),
}

impl Frame {
    /// Parses a frame in the browser. `None` for unknown frames, so that those of a newer server are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(update) = serde_json::from_str::<ProgressUpdate>(text) {
            return Some(Self::Update(Box::new(update)));
        }
        serde_json::from_str(text).ok().map(Self::Control)
    }
}

#[cfg(test)]
mod tests;
